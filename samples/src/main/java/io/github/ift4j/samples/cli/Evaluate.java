package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.evaluation.EvaluationResult;
import io.github.ift4j.core.evaluation.Evaluator;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ift eval}: how well a model predicts the labels of a data set. */
@Command(
        name = "eval",
        description =
                "Measures how well a model predicts good answers. Prints one JSON object; nll is the mean negative "
                        + "log-likelihood of a labelled token.")
final class Evaluate implements Callable<Integer> {
    private static final int BATCH_SIZE = 8;

    @Spec
    private CommandSpec spec;

    @Mixin
    private AdaptedModelOptions model;

    @Mixin
    private DataOptions data;

    @Mixin
    private TextOptions text;

    @Override
    public Integer call() {
        try (ModelText loaded = text.load(model);
                Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = DecoderPolicy.frozen(model.directory(), model.adapter(), workers)) {
            Dataset examples = data.load(text.encoder(loaded), policy.config());
            EvaluationResult result = new Evaluator(BATCH_SIZE).evaluate(policy, examples);
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("examples", result.examples());
            report.put("tokens", result.tokens());
            report.put("nll", result.nll());
            report.put("perplexity", result.perplexity());
            report.put("accuracy", result.accuracy());
            spec.commandLine().getOut().println(Json.line(report));
        }
        return 0;
    }
}

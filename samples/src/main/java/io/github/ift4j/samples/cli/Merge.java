package io.github.ift4j.samples.cli;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.ModelMerger;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift merge}: an adapter and its model as one model. */
@Command(
        name = "merge",
        description =
                "Adds an adapter into the weights of its model and writes the result as a model of its own. Compares "
                        + "the logits of both before it says that all is well.")
final class Merge implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder of the HuggingFace model.")
    private Path model;

    @Option(names = "--adapter", paramLabel = "DIR", required = true, description = "Folder of its PEFT adapter.")
    private Path adapter;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the merged model.")
    private Path out;

    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16",
            defaultValue = "f32",
            description = "Format of the merged weights; the others stay as they are; default ${DEFAULT-VALUE}.")
    private String dtype;

    @Option(
            names = "--dequantize",
            description = "Write a quantised model's weights in that format too; without it such a model is refused.")
    private boolean dequantize;

    @Override
    public Integer call() {
        try (Workers workers = Workers.fromEnvironment()) {
            ModelMerger.Result result = new ModelMerger(Dtype.of(spec.commandLine(), dtype), dequantize, workers)
                    .merge(model, adapter, out);
            spec.commandLine()
                    .getErr()
                    .println(String.format(
                            Locale.ROOT,
                            "%d layers merged; the logits differ by at most %.1e of the largest; the model is in %s",
                            result.layers(),
                            result.difference(),
                            out));
        }
        return 0;
    }
}

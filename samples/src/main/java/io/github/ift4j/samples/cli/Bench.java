package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.ExampleKind;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TrainingOptions;
import io.github.ift4j.jlama.kernel.GemmChoice;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift bench}: how long a training step takes, or how fast answers are generated. */
@Command(
        name = "bench",
        description =
                "Measures training steps (scores, gradients, RMSprop) on random tokens or, with --generate, how fast"
                        + " prompts are read and answers written. Prints one JSON line. With --sweep it measures"
                        + " many steps and draws how their cost grows.")
final class Bench implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BenchModelOptions model;

    @Mixin
    private BenchStepOptions step;

    @Mixin
    private ObjectiveOptions objectiveOptions;

    @Mixin
    private GemmOptions gemm;

    @Mixin
    private MemoryOptions memory;

    @Mixin
    private BenchGenerationOptions generation;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "7",
            description = "Steps, or answers of each stream, of which the first " + BenchRuns.WARMUP
                    + " do not count; default ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--sweep",
            paramLabel = "DIR",
            description =
                    "Measure IFT and SFT over lengths, batches and sizes of models, some minutes in all, each in a"
                        + " process of its own; write sweep.jsonl, a line for each, and pictures (PNG) to that folder."
                        + " Steps that the file already has are not measured again. Takes the other options of a step,"
                        + " except those that it varies.")
    private Path sweep;

    @ParentCommand
    private Ift ift;

    @Override
    public Integer call() {
        if (sweep != null) {
            BenchSweep.of(spec, sweep, ift.surroundings()).run();
            return 0;
        }
        check();
        Map<String, Object> report = report();
        spec.commandLine().getOut().println(Json.line(report));
        return 0;
    }

    private void check() {
        model.check();
        generation.check();
        step.check();
        require(
                !model.choosesWeights()
                        || model.isShape()
                                && (generation.generate() || step.loraRank().isPresent()),
                "--weights needs --shape and either --generate or --lora-rank");
        require(
                !generation.guided() || generation.generate() && model.isShape(),
                "--guided needs --generate and --shape");
        require(
                !generation.generate() || options().gemm() == GemmChoice.VECTOR,
                "--generate answers in float32: leave --gemm out");
        require(steps > BenchRuns.WARMUP, "--steps must be more than " + BenchRuns.WARMUP + ", was " + steps);
    }

    private Map<String, Object> report() {
        if (!generation.generate()) {
            return training();
        }
        return generation.history().map(this::turns).orElseGet(this::answers);
    }

    private Map<String, Object> training() {
        Objective objective = objectiveOptions.objective();
        require(
                objective.examples() == ExampleKind.DEMONSTRATION,
                "bench measures methods that learn from answers alone: ift, sft");
        BenchTraining bench = new BenchTraining(step.batch(), step.length(), step.promptTokens());
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = model.policy(bench.length(), step.adapter(), options(), workers)) {
            int context = policy.config().contextLength();
            require(
                    bench.length() <= context,
                    "--length " + bench.length() + " is more than the model's context of " + context);
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("shape", model.name());
            report.put("method", objectiveOptions.method());
            report.putAll(bench.report(objective, policy, workers, steps));
            PeakMemory.megabytes().ifPresent(peak -> report.put("peak_rss_mb", peak));
            report.put("gemm", GemmOptions.name(policy.options().gemm()));
            report.put("recompute", policy.options().recompute());
            step.loraRank().ifPresent(rank -> {
                report.put("lora_rank", rank);
                if (model.isShape()) {
                    report.put("weights", model.weights());
                }
            });
            return report;
        }
    }

    private Map<String, Object> turns(int history) {
        BenchTurns bench = new BenchTurns(history, generation.promptTokens());
        try (Workers workers = Workers.fromEnvironment();
                Decoder decoder = model.decoder(bench.contextLength(), workers)) {
            require(
                    bench.contextLength() <= decoder.contextLength(),
                    "--history and --prompt-tokens need a context of " + bench.contextLength()
                            + " tokens, the model's is " + decoder.contextLength());
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("shape", model.name());
            report.put("history_tokens", history);
            report.put("prompt_tokens", bench.newTokens());
            report.put("threads", workers.size());
            report.putAll(bench.report(decoder, steps));
            return report;
        }
    }

    private Map<String, Object> answers() {
        BenchAnswers bench = new BenchAnswers(model, generation);
        try (Workers workers = Workers.fromEnvironment();
                Decoder decoder = model.decoder(bench.contextLength(), workers)) {
            require(
                    bench.contextLength() <= decoder.contextLength(),
                    "--prompt-tokens and --new-tokens are " + bench.contextLength()
                            + " together, more than the model's context of " + decoder.contextLength());
            Map<String, Object> report = bench.report(decoder, workers, steps);
            PeakMemory.megabytes().ifPresent(peak -> report.put("peak_rss_mb", peak));
            return report;
        }
    }

    private TrainingOptions options() {
        return gemm.of(memory.options());
    }

    private void require(boolean condition, String message) {
        Usage.require(spec, condition, message);
    }
}

package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.decoder.TrainingOptions;
import io.github.ift4j.jlama.kernel.GemmChoice;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What computes the matrix products of a training. */
final class GemmOptions {
    private static final List<String> NAMES = List.of("vector", "onednn", "auto");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--gemm",
            paramLabel = "vector|onednn|auto",
            defaultValue = "vector",
            description =
                    "Matrix products: vector in f32, the same bits on every machine; onednn in bf16 with sums in f32,"
                            + " if the processor has them; auto the faster one, by a short measurement; default"
                            + " ${DEFAULT-VALUE}.")
    private String gemm;

    /** The settings with that choice. */
    TrainingOptions of(TrainingOptions options) {
        Usage.checkName(command.commandLine(), "gemm", gemm, NAMES);
        return options.withGemm(GemmChoice.valueOf(gemm.toUpperCase(Locale.ROOT)));
    }

    /** The name of a choice. */
    static String name(GemmChoice choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }
}

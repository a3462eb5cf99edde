package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.Quantiser;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift quantize}: a model with weights of fewer bits. */
@Command(
        name = "quantize",
        description =
                "Writes a model anew with weights of fewer bits, which take less memory and answer faster. q4 and q8"
                        + " are Jlama's formats, in which the weights can still be the frozen base of an adapter but no"
                        + " longer learn; bf16 is a plain HuggingFace model.")
final class Quantize implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder of the HuggingFace model.")
    private Path model;

    @Option(
            names = "--type",
            paramLabel = "q4|q8|bf16",
            required = true,
            description = "Format of the weights: 4 or 8 bits with a factor for 32 of them, or 16 bits.")
    private String type;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the quantised model.")
    private Path out;

    @Override
    public Integer call() {
        Usage.checkName(spec.commandLine(), "type", type, List.of("q4", "q8", "bf16"));
        ElementType format = switch (type) {
            case "q4" -> ElementType.Q4;
            case "q8" -> ElementType.I8;
            default -> ElementType.BF16;
        };
        Quantiser.Result result = new Quantiser(format).quantise(model, out);
        result.unfit()
                .forEach(name -> spec.commandLine()
                        .getErr()
                        .println(name + " stays as it is: its rows are no whole number of blocks of 32"));
        spec.commandLine()
                .getErr()
                .println(String.format(
                        Locale.ROOT,
                        "%d weights quantised; %.1f MB of %.1f MB are left; the model is in %s",
                        result.quantised().size(),
                        result.bytesAfter() * 1e-6,
                        result.bytesBefore() * 1e-6,
                        out));
        return 0;
    }
}

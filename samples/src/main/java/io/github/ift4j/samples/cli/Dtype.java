package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.checkpoint.ElementType;
import java.util.List;
import picocli.CommandLine;

/** The value of {@code --dtype}. */
final class Dtype {
    private Dtype() {}

    /** The format of that name. */
    static ElementType of(CommandLine command, String name) {
        Usage.checkName(command, "dtype", name, List.of("f32", "bf16"));
        return name.equals("bf16") ? ElementType.BF16 : ElementType.F32;
    }
}

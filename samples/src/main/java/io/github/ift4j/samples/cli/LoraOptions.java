package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether an adapter learns in place of the model's own weights, and which. */
final class LoraOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--lora-rank",
            paramLabel = "R",
            description = "Tune a low-rank adapter of that rank (LoRA) and write it in PEFT's format; the model's own "
                    + "weights stay as they are.")
    private Integer rank;

    @Option(
            names = "--lora-alpha",
            paramLabel = "A",
            description = "What the adapter adds is multiplied by A / R; default 2 R.")
    private Double alpha;

    @Option(
            names = "--lora-targets",
            paramLabel = "NAME",
            split = ",",
            description = "Linear layers to adapt, by the ends of their names such as q_proj,v_proj, or all-linear; "
                    + "default all-linear.")
    private List<String> targets;

    @Option(
            names = "--lora-dropout",
            paramLabel = "P",
            description = "Share of an adapter's inputs that is left out in training; default 0.")
    private Double dropout;

    @Option(names = "--rslora", description = "Multiply by A / sqrt(R) in place of A / R (rsLoRA).")
    private boolean rslora;

    @Option(names = "--dora", description = "Learn the magnitude of each output's weights too (DoRA).")
    private boolean dora;

    /** The adapter that the options describe; empty when the model's own weights are to learn. */
    Optional<PeftConfig> config() {
        if (rank == null) {
            if (alpha != null || targets != null || dropout != null || rslora || dora) {
                throw new ParameterException(
                        command.commandLine(), "options of an adapter need --lora-rank R, which asks for one");
            }
            return Optional.empty();
        }
        return Optional.of(Usage.check(
                command,
                () -> PeftConfig.of(rank, alpha == null ? 2.0 * rank : alpha, named())
                        .withDropout(dropout == null ? 0 : dropout)
                        .withRslora(rslora)
                        .withDora(dora)));
    }

    /** What training.json says of an adapter, by PEFT's names. */
    static Map<String, Object> described(PeftConfig config) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("r", config.rank());
        description.put("lora_alpha", config.alpha());
        description.put("lora_dropout", config.dropout());
        description.put("use_rslora", config.useRslora());
        description.put("use_dora", config.useDora());
        description.put(
                "target_modules",
                config.targets() instanceof PeftTargets.Named named ? named.names() : PeftTargets.ALL_LINEAR);
        return description;
    }

    private PeftTargets named() {
        if (targets == null || targets.equals(List.of(PeftTargets.ALL_LINEAR))) {
            return new PeftTargets.AllLinear();
        }
        Set<String> names = new LinkedHashSet<>();
        targets.forEach(name -> names.add(name.strip()));
        return new PeftTargets.Named(names);
    }
}

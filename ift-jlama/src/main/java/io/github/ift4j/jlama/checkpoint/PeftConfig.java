package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a low-rank adapter is (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", arXiv 2106.09685), as PEFT's
 * {@code adapter_config.json} states it: a linear layer with weight W computes with W + scale B A instead.
 *
 * @param baseModel {@code base_model_name_or_path}: the model that is adapted
 * @param rank {@code r}: rows of A and columns of B, at least 1
 * @param alpha {@code lora_alpha}: what the scale is made of, see {@link #scale}
 * @param dropout {@code lora_dropout}: probability that an input of A is left out in training, at least 0 and below 1
 * @param targets {@code target_modules}: which layers are adapted
 * @param fanInFanOut {@code fan_in_fan_out}: whether the base stores these weights as [in, out], as GPT-2's Conv1D does; A is
 *     [rank, in] and B [out, rank] all the same
 * @param useRslora {@code use_rslora}: whether the scale is alpha / sqrt(rank) (Kalajdzievski, arXiv 2312.03732)
 * @param useDora {@code use_dora}: whether the rows of the adapted weight get a learned length (Liu et al., arXiv 2402.09353)
 * @param rankPattern {@code rank_pattern}: other ranks for the layers whose names end in what an expression describes; the
 *     first that does counts
 * @param alphaPattern {@code alpha_pattern}: other alphas, likewise
 */
public record PeftConfig(
        Optional<String> baseModel,
        int rank,
        double alpha,
        double dropout,
        PeftTargets targets,
        boolean fanInFanOut,
        boolean useRslora,
        boolean useDora,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern) {
    /** The file's name in the folder of an adapter. */
    public static final String FILE = "adapter_config.json";

    private static final int MAX_RANK = 1 << 16;

    /** @throws IllegalArgumentException when a number is out of range; the message begins with PEFT's name of it */
    public PeftConfig {
        checkRank("r", rank);
        checkAlpha("lora_alpha", alpha);
        Preconditions.checkArgument(
                dropout >= 0 && dropout < 1, "lora_dropout must be at least 0 and below 1, is %s", dropout);
        rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
        alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
        rankPattern.forEach((_, other) -> checkRank("rank_pattern: r", other));
        alphaPattern.forEach((_, other) -> checkAlpha("alpha_pattern: lora_alpha", other));
        PatternTable.check("rank_pattern", rankPattern);
        PatternTable.check("alpha_pattern", alphaPattern);
    }

    /**
     * An adapter of plain LoRA without dropout.
     *
     * @param rank at least 1
     * @param alpha what the scale is made of
     * @param targets which layers are adapted
     */
    public static PeftConfig of(int rank, double alpha, PeftTargets targets) {
        return new PeftConfig(Optional.empty(), rank, alpha, 0, targets, false, false, false, Map.of(), Map.of());
    }

    /**
     * Reads {@code adapter_config.json}.
     *
     * @param folder the adapter's folder
     * @throws CheckpointException when the file is missing or damaged, or states something that is not supported: another
     *     kind of adapter, whole modules or biases beside it, an initialisation that changes the base; the message names the
     *     key
     */
    public static PeftConfig read(Path folder) {
        return PeftConfigFile.read(folder.resolve(FILE));
    }

    /** This configuration with another base. */
    public PeftConfig withBaseModel(String newBaseModel) {
        return new PeftConfig(
                Optional.of(newBaseModel),
                rank,
                alpha,
                dropout,
                targets,
                fanInFanOut,
                useRslora,
                useDora,
                rankPattern,
                alphaPattern);
    }

    /** This configuration with another dropout. */
    public PeftConfig withDropout(double newDropout) {
        return new PeftConfig(
                baseModel,
                rank,
                alpha,
                newDropout,
                targets,
                fanInFanOut,
                useRslora,
                useDora,
                rankPattern,
                alphaPattern);
    }

    /** This configuration with other targets. */
    public PeftConfig withTargets(PeftTargets newTargets) {
        return new PeftConfig(
                baseModel,
                rank,
                alpha,
                dropout,
                newTargets,
                fanInFanOut,
                useRslora,
                useDora,
                rankPattern,
                alphaPattern);
    }

    /** This configuration for weights that the base stores as [in, out], or not. */
    public PeftConfig withFanInFanOut(boolean newFanInFanOut) {
        return new PeftConfig(
                baseModel,
                rank,
                alpha,
                dropout,
                targets,
                newFanInFanOut,
                useRslora,
                useDora,
                rankPattern,
                alphaPattern);
    }

    /** This configuration with a scale of alpha / sqrt(rank), or without. */
    public PeftConfig withRslora(boolean newRslora) {
        return new PeftConfig(
                baseModel, rank, alpha, dropout, targets, fanInFanOut, newRslora, useDora, rankPattern, alphaPattern);
    }

    /** This configuration with DoRA, or without. */
    public PeftConfig withDora(boolean newDora) {
        return new PeftConfig(
                baseModel, rank, alpha, dropout, targets, fanInFanOut, useRslora, newDora, rankPattern, alphaPattern);
    }

    /**
     * Whether a linear layer is adapted.
     *
     * @param module its full name, such as {@code model.layers.0.self_attn.q_proj}; with {@link PeftTargets.AllLinear} any
     *     name matches, and the caller asks for linear layers other than the output head only
     * @throws CheckpointException when {@code target_modules} is an expression that cannot be followed
     */
    public boolean targets(String module) {
        return targets.matches(module);
    }

    /** The rank of a layer's factors. */
    public int rank(String module) {
        return PatternTable.find(rankPattern, module).orElse(rank);
    }

    /** The alpha of a layer. */
    public double alpha(String module) {
        return PatternTable.find(alphaPattern, module).orElse(alpha);
    }

    /** What B A is multiplied with before it is added to a layer's weight: alpha / rank, with rsLoRA alpha / sqrt(rank). */
    public float scale(String module) {
        int layerRank = rank(module);
        return (float) (alpha(module) / (useRslora ? Math.sqrt(layerRank) : layerRank));
    }

    private static void checkRank(String name, int rank) {
        Preconditions.checkArgument(
                rank >= 1 && rank <= MAX_RANK, "%s must be at least 1 and at most %s, is %s", name, MAX_RANK, rank);
    }

    private static void checkAlpha(String name, double alpha) {
        Preconditions.checkArgument(Double.isFinite(alpha), "%s must be a finite number, is %s", name, alpha);
    }
}

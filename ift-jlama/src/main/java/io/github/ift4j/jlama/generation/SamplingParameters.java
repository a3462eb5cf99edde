package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import java.util.OptionalLong;

/**
 * How the next token is chosen from the logits. The steps apply in HuggingFace's order: repetition penalty, temperature,
 * top-k, top-p, min-p, draw.
 *
 * @param temperature the logits are divided by it; 0 takes the most probable token and ignores top-k, top-p and min-p
 * @param topK only the {@code topK} most probable tokens (and those equal to the last of them) stay; 0 keeps all
 * @param topP only the most probable tokens whose probabilities first add up to at least {@code topP} stay, above 0 to 1; 1
 *     keeps all
 * @param minP only tokens with at least this share of the greatest probability stay, 0 to 1; 0 keeps all
 * @param repetitionPenalty logits of tokens that the context already holds are divided by it where positive and multiplied
 *     where negative; 1 leaves them alone
 * @param seed start of the random numbers; without it every request draws differently
 */
public record SamplingParameters(
        double temperature, int topK, double topP, double minP, double repetitionPenalty, OptionalLong seed) {
    /** Always the most probable token, the lowest id among equals. */
    public static final SamplingParameters GREEDY = new SamplingParameters(0, 0, 1, 0, 1, OptionalLong.empty());

    public SamplingParameters {
        Preconditions.checkArgument(
                temperature >= 0 && Double.isFinite(temperature),
                "temperature must be a number of at least 0, was %s",
                temperature);
        Preconditions.checkArgument(topK >= 0, "topK must be at least 0 (0 keeps all tokens), was %s", topK);
        Preconditions.checkArgument(
                topP > 0 && topP <= 1, "topP must be above 0 and at most 1 (1 keeps all tokens), was %s", topP);
        Preconditions.checkArgument(
                minP >= 0 && minP <= 1, "minP must be between 0 and 1 (0 keeps all tokens), was %s", minP);
        Preconditions.checkArgument(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetitionPenalty must be a number above 0 (1 is no penalty), was %s",
                repetitionPenalty);
    }

    /** Draws from the whole distribution. */
    public static SamplingParameters ofTemperature(double temperature) {
        return GREEDY.withTemperature(temperature);
    }

    /** These parameters with another temperature. */
    public SamplingParameters withTemperature(double newTemperature) {
        return new SamplingParameters(newTemperature, topK, topP, minP, repetitionPenalty, seed);
    }

    /** These parameters with another top-k. */
    public SamplingParameters withTopK(int newTopK) {
        return new SamplingParameters(temperature, newTopK, topP, minP, repetitionPenalty, seed);
    }

    /** These parameters with another top-p. */
    public SamplingParameters withTopP(double newTopP) {
        return new SamplingParameters(temperature, topK, newTopP, minP, repetitionPenalty, seed);
    }

    /** These parameters with another min-p. */
    public SamplingParameters withMinP(double newMinP) {
        return new SamplingParameters(temperature, topK, topP, newMinP, repetitionPenalty, seed);
    }

    /** These parameters with another repetition penalty. */
    public SamplingParameters withRepetitionPenalty(double newRepetitionPenalty) {
        return new SamplingParameters(temperature, topK, topP, minP, newRepetitionPenalty, seed);
    }

    /** These parameters with another seed. */
    public SamplingParameters withSeed(long newSeed) {
        return new SamplingParameters(temperature, topK, topP, minP, repetitionPenalty, OptionalLong.of(newSeed));
    }

    /** Whether the most probable token is taken without drawing. */
    public boolean isGreedy() {
        return temperature == 0;
    }
}

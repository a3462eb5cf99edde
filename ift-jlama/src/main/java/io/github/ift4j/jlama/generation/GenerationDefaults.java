package io.github.ift4j.jlama.generation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a model generates when a request does not say.
 *
 * @param sampling how each token is chosen
 * @param maxNewTokens most tokens to generate; without it, as many as the context holds
 */
public record GenerationDefaults(SamplingParameters sampling, OptionalInt maxNewTokens) {
    private static final long MAX_BYTES = 1 << 20;

    /** HuggingFace's own top-k where a model samples and its file does not name one. */
    private static final int HUGGING_FACE_TOP_K = 50;

    /** Always the most probable token, as long as the context holds. */
    public static final GenerationDefaults GREEDY =
            new GenerationDefaults(SamplingParameters.GREEDY, OptionalInt.empty());

    public GenerationDefaults {
        Preconditions.checkArgument(
                maxNewTokens.orElse(1) >= 1, "maxNewTokens must be at least 1, was %s", maxNewTokens.orElse(1));
    }

    /**
     * Reads {@code generation_config.json} as HuggingFace's {@code generate} does: without {@code do_sample} the most probable
     * token is taken whatever the file says of temperature, top-k and top-p.
     *
     * @param directory a model directory; without the file the defaults are greedy
     * @throws CheckpointException when the file cannot be read or has a value out of range
     */
    public static GenerationDefaults read(Path directory) {
        Path file = directory.resolve("generation_config.json");
        if (!Files.exists(file)) {
            return GREEDY;
        }
        JsonNode config = parse(file);
        try {
            JsonNode length = config.path("max_new_tokens");
            return new GenerationDefaults(
                    sampling(config), length.isInt() ? OptionalInt.of(length.intValue()) : OptionalInt.empty());
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + ": " + e.getMessage(), e);
        }
    }

    private static SamplingParameters sampling(JsonNode config) {
        boolean sample = config.path("do_sample").asBoolean(false);
        double penalty = config.path("repetition_penalty").asDouble(1);
        return sample
                ? new SamplingParameters(
                        config.path("temperature").asDouble(1),
                        config.path("top_k").asInt(HUGGING_FACE_TOP_K),
                        config.path("top_p").asDouble(1),
                        config.path("min_p").asDouble(0),
                        penalty,
                        OptionalLong.empty())
                : SamplingParameters.GREEDY.withRepetitionPenalty(penalty);
    }

    private static JsonNode parse(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new CheckpointException(file + ": longer than " + MAX_BYTES + " bytes");
            }
            JsonNode config = new ObjectMapper().readTree(file.toFile());
            if (!config.isObject()) {
                throw new CheckpointException(file + ": not a JSON object");
            }
            return config;
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new CheckpointException(
                    file + ": cannot be read as JSON: "
                            + reason.lines().findFirst().orElse(""),
                    e);
        }
    }
}

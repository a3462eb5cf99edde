package io.github.ift4j.jlama.generation;

import com.github.tjake.jlama.math.ActivationFunction;
import com.github.tjake.jlama.safetensors.Config;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * A decoder's configuration as Jlama's {@link Config}, for every architecture that is served here: Jlama reads config.json only of
 * those that its own enum {@code ModelSupport.ModelType} knows, and of some of them without {@code head_dim}.
 */
final class JlamaConfig {
    /** What Jlama's fields say where a model has no such token. */
    private static final int NO_TOKEN = -1;

    private JlamaConfig() {}

    /**
     * What there is to say of a model in Jlama's terms. It holds no table of rotations, which Jlama would keep for the whole context
     * and which only its own layers read.
     *
     * @param directory a HuggingFace directory
     * @param ends ids that end an answer
     * @throws CheckpointException when the directory cannot be read
     */
    static Config of(Path directory, Collection<Integer> ends) {
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(directory)) {
            String origin = directory.resolve("config.json").toString();
            int bos = files.config().path("bos_token_id").asInt(NO_TOKEN);
            return of(DecoderConfig.of(files.config(), origin), bos, List.copyOf(ends));
        }
    }

    private static Config of(DecoderConfig decoder, int bos, List<Integer> ends) {
        AttentionConfig attention = decoder.attention();
        return new Config(
                decoder.contextLength(),
                decoder.hiddenSize(),
                decoder.mlp().width(),
                attention.heads(),
                attention.kvHeads(),
                decoder.layers().size(),
                decoder.norm().epsilon(),
                decoder.vocabularySize(),
                bos,
                ends,
                switch (decoder.mlp().activation()) {
                    case SILU -> ActivationFunction.Type.SILU;
                    case GELU_TANH -> ActivationFunction.Type.GELU_PYTORCH_TANH;
                },
                null,
                null,
                null,
                attention.headDim(),
                decoder.logitSoftCap() == 0 ? null : decoder.logitSoftCap(),
                attention.softCap() == 0 ? null : attention.softCap(),
                decoder.residualScale(),
                attention.scale(),
                decoder.embeddingScale(),
                1 / decoder.logitScale());
    }
}

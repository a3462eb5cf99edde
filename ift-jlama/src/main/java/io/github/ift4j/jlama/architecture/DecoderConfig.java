package io.github.ift4j.jlama.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The shape of a decoder of any supported architecture, as {@code config.json} states it.
 *
 * @param modelType HuggingFace's name of the architecture
 * @param vocabularySize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param contextLength most positions a sequence may have
 * @param attention the attention of every layer
 * @param mlp the feed-forward part of every layer
 * @param norm the normalisations
 * @param layers what may differ from layer to layer, first to last
 * @param embeddingScale factor on embeddings, after the temporal residual mix
 * @param residualScale factor on what attention and MLP add to the residual stream
 * @param logitScale factor on the logits
 * @param logitSoftCap logits l become cap · tanh(l / cap); 0 where there is no cap
 * @param learnedPositions whether a learned embedding of the position is added to the token's
 * @param tiedEmbeddings whether the output head is the embedding
 * @param names what the tensors are called
 */
public record DecoderConfig(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int contextLength,
        AttentionConfig attention,
        MlpConfig mlp,
        NormConfig norm,
        List<LayerConfig> layers,
        float embeddingScale,
        float residualScale,
        float logitScale,
        float logitSoftCap,
        boolean learnedPositions,
        boolean tiedEmbeddings,
        TensorNames names) {
    /** @throws CheckpointException when a number is out of its range */
    public DecoderConfig {
        layers = List.copyOf(layers);
        long slots = mlp instanceof MlpConfig.Mixture mixture ? mixture.chosen() : 1;
        if (2L * mlp.width() * slots > Integer.MAX_VALUE) {
            throw new CheckpointException("intermediate_size " + mlp.width() + " is wider than a matrix can be");
        }
        requirePositive("the scale of embeddings", embeddingScale);
        requirePositive("residual_multiplier", residualScale);
        requirePositive("the scale of logits", logitScale);
        if (!(logitSoftCap >= 0) || Float.isInfinite(logitSoftCap)) {
            throw new CheckpointException("final_logit_softcapping must be positive, is " + logitSoftCap);
        }
    }

    /**
     * Reads {@code config.json}.
     *
     * @param config its content
     * @param origin its path, for messages
     * @throws CheckpointException when the architecture is not supported, or a key is missing or out of range
     */
    public static DecoderConfig of(JsonNode config, String origin) {
        ConfigFields fields = new ConfigFields(config, origin);
        try {
            return Architectures.named(fields).describe(fields);
        } catch (CheckpointException e) {
            throw e.getMessage().startsWith(origin) ? e : new CheckpointException(origin + ": " + e.getMessage(), e);
        }
    }

    /** A plain Llama: silu, RMS norms, whole heads rotated, nothing scaled, tied embeddings. */
    public static Builder llama(int vocabularySize, int hiddenSize, int width, int layers, AttentionConfig attention) {
        return new Builder()
                .modelType("llama")
                .vocabularySize(vocabularySize)
                .hiddenSize(hiddenSize)
                .attention(attention)
                .mlp(new MlpConfig.Gated(width, Activation.SILU, false))
                .layers(Collections.nCopies(layers, LayerConfig.full(RopeConfig.of(10_000, attention.headDim()))));
    }

    /** How many weights of linear layers a token is multiplied with in one layer. */
    public long weightsPerToken() {
        long attentionWeights = 2L * hiddenSize * (attention.queryWidth() + attention.keyWidth());
        long mlpWeights = switch (mlp) {
            case MlpConfig.Gated gated -> 3L * hiddenSize * gated.width();
            case MlpConfig.Plain plain -> 2L * hiddenSize * plain.width();
            case MlpConfig.Mixture mixture ->
                (long) hiddenSize * (3L * mixture.width() * mixture.chosen() + mixture.experts());
        };
        return attentionWeights + mlpWeights;
    }

    private static void requirePositive(String what, float value) {
        if (!(value > 0) || Float.isInfinite(value)) {
            throw new CheckpointException(what + " must be positive, is " + value);
        }
    }

    /** Collects the parts of a {@link DecoderConfig}; what is not said is as in Llama. */
    public static final class Builder {
        private String modelType;
        private int vocabularySize;
        private int hiddenSize;
        private int contextLength = 2048;
        private AttentionConfig attention;
        private MlpConfig mlp;
        private NormConfig norm = NormConfig.before(NormConfig.Kind.RMS, 1e-5f);
        private List<LayerConfig> layers;
        private float embeddingScale = 1;
        private float residualScale = 1;
        private float logitScale = 1;
        private float logitSoftCap;
        private boolean learnedPositions;
        private boolean tiedEmbeddings = true;
        private TensorNames names = TensorNames.LLAMA;

        Builder() {}

        Builder modelType(String value) {
            modelType = value;
            return this;
        }

        Builder vocabularySize(int value) {
            vocabularySize = value;
            return this;
        }

        Builder hiddenSize(int value) {
            hiddenSize = value;
            return this;
        }

        /** Most positions a sequence may have; 2048 unless said. */
        public Builder contextLength(int value) {
            contextLength = value;
            return this;
        }

        int contextLength() {
            return contextLength;
        }

        Builder attention(AttentionConfig value) {
            attention = value;
            return this;
        }

        AttentionConfig attention() {
            return attention;
        }

        Builder mlp(MlpConfig value) {
            mlp = value;
            return this;
        }

        /** The normalisations; RMS norms before attention and MLP with epsilon 1e-5 unless said. */
        public Builder norm(NormConfig value) {
            norm = value;
            return this;
        }

        /** What may differ from layer to layer. */
        public Builder layers(List<LayerConfig> value) {
            layers = value;
            return this;
        }

        /** The same window in all layers. */
        Builder window(int window) {
            return windows(window, Collections.nCopies(layers.size(), true));
        }

        /** A window in the layers for which the list says so. */
        Builder windows(int window, List<Boolean> windowed) {
            Optional<RopeConfig> rope = layers.getFirst().rope();
            layers = windowed.stream()
                    .map(has -> new LayerConfig(has ? window : LayerConfig.ALL, rope))
                    .toList();
            return this;
        }

        /** The rope of the first layer. */
        RopeConfig rope() {
            return layers.getFirst().rope().orElseThrow();
        }

        Builder embeddingScale(double value) {
            embeddingScale = (float) value;
            return this;
        }

        Builder residualScale(double value) {
            residualScale = (float) value;
            return this;
        }

        Builder logitScale(double value) {
            logitScale = (float) value;
            return this;
        }

        Builder logitSoftCap(double value) {
            logitSoftCap = (float) value;
            return this;
        }

        Builder learnedPositions(boolean value) {
            learnedPositions = value;
            return this;
        }

        /** Whether the output head is the embedding; true unless said. */
        public Builder tiedEmbeddings(boolean value) {
            tiedEmbeddings = value;
            return this;
        }

        Builder names(TensorNames value) {
            names = value;
            return this;
        }

        /** @throws CheckpointException when a number is out of its range */
        public DecoderConfig build() {
            return new DecoderConfig(
                    modelType,
                    vocabularySize,
                    hiddenSize,
                    contextLength,
                    attention,
                    mlp,
                    norm,
                    layers,
                    embeddingScale,
                    residualScale,
                    logitScale,
                    logitSoftCap,
                    learnedPositions,
                    tiedEmbeddings,
                    names);
        }
    }
}

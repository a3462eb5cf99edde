package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All weights of a Llama decoder under their names in HuggingFace checkpoints.
 *
 * @param embedding token embedding, [vocabulary, hidden]
 * @param layers the layers, first to last
 * @param norm norm before the output head, [1, hidden]
 * @param head output head over the embedding's memory or its own
 * @param headWeight the head's weight [vocabulary, hidden]; null when packed for serving
 * @param parameters everything trainable, in the order of the checkpoint; empty when packed for serving
 */
record DecoderWeights(
        Weight embedding,
        List<DecoderLayer> layers,
        Weight norm,
        Linear head,
        Weight headWeight,
        List<Parameter> parameters) {
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";
    private static final long ALIGNMENT = 64;

    /** Where weights come from: float32 memory for a name and a shape, checked. */
    @FunctionalInterface
    interface Source {
        MemorySegment load(String name, List<Integer> shape, Arena arena);
    }

    /** Weights to train: over the source's memory, with a gradient each. */
    static DecoderWeights trainable(DecoderConfig config, Source source, Arena arena) {
        return new Builder(config, source, arena, null).build();
    }

    /** Weights to serve: laid out once for the given products, so that generating a token reads them in one sweep. */
    static DecoderWeights packed(DecoderConfig config, Source source, Arena arena, Gemm gemm) {
        return new Builder(config, source, arena, gemm).build();
    }

    private static final class Builder {
        private final DecoderConfig config;
        private final Source source;
        private final Arena arena;
        private final Gemm packing;
        private final List<Parameter> parameters = new ArrayList<>();

        Builder(DecoderConfig config, Source source, Arena arena, Gemm packing) {
            this.config = config;
            this.source = source;
            this.arena = arena;
            this.packing = packing;
        }

        DecoderWeights build() {
            int hidden = config.hiddenSize();
            Weight embedding = matrix(EMBEDDING, config.vocabularySize(), hidden);
            List<DecoderLayer> layers = new ArrayList<>();
            for (int i = 0; i < config.layers(); i++) {
                layers.add(layer("model.layers." + i + "."));
            }
            Weight norm = vector("model.norm.weight", hidden);
            if (packing != null) {
                Linear head = config.tiedEmbeddings()
                        ? Linear.packed(pack(embedding.value()), null)
                        : linear("lm_head", config.vocabularySize(), hidden, false);
                return new DecoderWeights(embedding, List.copyOf(layers), norm, head, null, List.of());
            }
            Weight head = config.tiedEmbeddings() ? embedding : matrix(HEAD, config.vocabularySize(), hidden);
            return new DecoderWeights(
                    embedding, List.copyOf(layers), norm, Linear.plain(head, null), head, List.copyOf(parameters));
        }

        private DecoderLayer layer(String prefix) {
            int hidden = config.hiddenSize();
            int inner = config.intermediateSize();
            String attention = prefix + "self_attn.";
            String mlp = prefix + "mlp.";
            return new DecoderLayer(
                    config.normEpsilon(),
                    vector(prefix + "input_layernorm.weight", hidden),
                    linear(attention + "q_proj", config.queryWidth(), hidden, config.attentionBias()),
                    linear(attention + "k_proj", config.keyWidth(), hidden, config.attentionBias()),
                    linear(attention + "v_proj", config.keyWidth(), hidden, config.attentionBias()),
                    linear(attention + "o_proj", hidden, config.queryWidth(), config.attentionBias()),
                    vector(prefix + "post_attention_layernorm.weight", hidden),
                    linear(mlp + "gate_proj", inner, hidden, config.mlpBias()),
                    linear(mlp + "up_proj", inner, hidden, config.mlpBias()),
                    linear(mlp + "down_proj", hidden, inner, config.mlpBias()));
        }

        private Linear linear(String name, int out, int in, boolean withBias) {
            Weight bias = withBias ? vector(name + ".bias", out) : null;
            if (packing == null) {
                return Linear.plain(matrix(name + ".weight", out, in), bias);
            }
            try (Arena plain = Arena.ofShared()) {
                MemorySegment weight = source.load(name + ".weight", List.of(out, in), plain);
                return Linear.packed(pack(Matrix.of(weight, out, in)), bias);
            }
        }

        private MemorySegment pack(Matrix weight) {
            MemorySegment packed = arena.allocate(packing.packedBytes(weight.rows(), weight.cols()), ALIGNMENT);
            packing.pack(weight, packed);
            return packed;
        }

        private Weight vector(String name, int size) {
            return weight(name, List.of(size), 1, size);
        }

        private Weight matrix(String name, int rows, int cols) {
            return weight(name, List.of(rows, cols), rows, cols);
        }

        private Weight weight(String name, List<Integer> shape, int rows, int cols) {
            MemorySegment value = source.load(name, shape, arena);
            Matrix matrix = Matrix.of(value, rows, cols);
            if (packing != null) {
                return new Weight(matrix, null);
            }
            MemorySegment gradient = arena.allocate(value.byteSize(), ALIGNMENT);
            Parameter parameter = new Parameter(name, shape, value, gradient);
            parameters.add(parameter);
            return new Weight(matrix, parameter);
        }
    }
}

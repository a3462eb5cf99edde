package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;

/** The input of the first layer: token embeddings, mixed first, then scaled and moved by their positions. */
final class Embeddings {
    private Embeddings() {}

    /**
     * @param tokens id of each row
     * @param mixed id of what is mixed into each row
     * @param lambda share of what is mixed in
     * @param positions position of each row in its sequence
     * @param out [rows, hidden]
     */
    static void fill(
            Compute compute,
            DecoderConfig config,
            DecoderWeights weights,
            int[] tokens,
            int[] mixed,
            float lambda,
            int[] positions,
            Matrix out) {
        weights.embedding().gatherMixed(compute.workers(), tokens, mixed, lambda, out);
        if (config.embeddingScale() != 1) {
            Rows.scale(compute.workers(), out, config.embeddingScale());
        }
        if (config.learnedPositions()) {
            Rows.gatherAdd(compute.workers(), weights.positions().value(), positions, out);
        }
    }

    /**
     * Adds to the gradients of the embeddings.
     *
     * @param learned whether the token embedding learns; it is a constant in the temporal residual connection
     * @param dRows gradient of the first layer's input, [rows, hidden]; overwritten
     */
    static void backward(
            Compute compute,
            DecoderConfig config,
            DecoderWeights weights,
            BatchLayout layout,
            boolean learned,
            Matrix dRows) {
        if (config.learnedPositions()) {
            Matrix dPositions = weights.positions().gradient();
            if (dPositions != null) {
                Rows.scatterAdd(compute.workers(), dRows, layout.positions(), dPositions);
            }
        }
        Matrix dEmbedding = learned ? weights.embedding().gradient() : null;
        if (dEmbedding != null) {
            if (config.embeddingScale() != 1) {
                Rows.scale(compute.workers(), dRows, config.embeddingScale());
            }
            Rows.scatterAdd(compute.workers(), dRows, layout.tokens(), dEmbedding);
        }
    }
}

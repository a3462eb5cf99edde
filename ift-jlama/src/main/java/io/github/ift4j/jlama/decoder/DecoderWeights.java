package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.PackedWeights;
import java.util.List;
import java.util.Map;

/**
 * All weights of a decoder.
 *
 * @param embedding token embedding, [vocabulary, hidden]; null when packed for serving
 * @param packedEmbedding the token embedding packed for serving; null when plain
 * @param positions learned position embedding, [context, hidden]; null where there is none
 * @param layers the layers, first to last
 * @param norm norm before the output head
 * @param head output head over the embedding's memory or its own
 * @param headWeight the head's weight [vocabulary, hidden]; null when packed for serving
 * @param parameters everything trainable, in the order of the checkpoint; empty when nothing learns
 * @param gains adapters whose gains follow from the weights as they stand
 * @param modules the layers that can have an adapter, by the name that adapters know them by
 */
record DecoderWeights(
        Weight embedding,
        PackedWeights packedEmbedding,
        Weight positions,
        List<DecoderLayer> layers,
        Norm norm,
        Linear head,
        Weight headWeight,
        List<Parameter> parameters,
        List<Gain> gains,
        Map<String, Linear> modules) {

    /** An adapter's magnitude with the weight that it belongs to. */
    record Gain(LowRank adapter, Matrix base, boolean transposed) {
        void refresh(Compute compute) {
            adapter.magnitude()
                    .refresh(
                            compute.workers(),
                            compute.gemm().exact(),
                            base,
                            transposed,
                            adapter.a().value(),
                            adapter.b().value(),
                            adapter.scale());
        }
    }

    /** Must be called before a pass when weights may have changed. */
    void refresh(Compute compute) {
        gains.forEach(gain -> gain.refresh(compute));
    }
}

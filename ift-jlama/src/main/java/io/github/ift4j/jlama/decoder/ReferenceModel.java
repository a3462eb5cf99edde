package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.runtime.HugePageArena;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The model that a policy is compared with: what the policy was at one moment. Under an adapter it is the same base with the
 * adapter of that moment, which is none for a new one; where all weights learn it has a copy of them.
 */
final class ReferenceModel implements AutoCloseable {
    private final DecoderConfig config;
    private final Arena arena;
    private final DecoderWeights weights;
    private final Compute compute;
    private final TrainingPass pass;
    private final OutputHead head;

    /**
     * The policy as it is now.
     *
     * @param weights those of the policy
     * @param adapters what learns in place of them, if they do not
     * @param compute with what to compute
     * @param maxLogits most logits in memory at a time
     */
    ReferenceModel(
            DecoderConfig config,
            DecoderWeights weights,
            Optional<LowRankAdapters> adapters,
            Compute compute,
            long maxLogits) {
        this.config = config;
        this.arena = new HugePageArena();
        this.weights = adapters.isPresent()
                ? weights
                : DecoderWeightsBuilder.frozen(
                        config, new ParameterCopies(weights.parameters()), arena, compute.gemm(), AdapterSource.NONE);
        this.compute =
                compute.with(adapters.map(learning -> learning.asTheyAre(arena)).orElse(AdapterChoice.NONE));
        this.pass = new TrainingPass(config, this.weights, this.compute, true);
        this.head = new OutputHead(config, this.weights, this.compute, maxLogits);
    }

    /** Runs a batch; {@link #output} is then that of the batch. */
    void run(BatchLayout layout) {
        pass.prepare(layout, OptionalLong.empty());
        Embeddings.fill(
                compute,
                config,
                weights,
                layout.tokens(),
                layout.tokens(),
                0,
                layout.positions(),
                pass.embeddings(layout));
        pass.forward(layout);
    }

    /** The residual stream after the last layer, in the rows of the policy's. */
    Matrix output(BatchLayout layout) {
        return pass.output(layout);
    }

    OutputHead head() {
        return head;
    }

    @Override
    public void close() {
        head.close();
        pass.close();
        arena.close();
    }
}

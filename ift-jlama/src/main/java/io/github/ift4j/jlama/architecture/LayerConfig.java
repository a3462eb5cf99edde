package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.util.Optional;

/**
 * What may differ from layer to layer.
 *
 * @param window most positions that a query sees, its own included; {@link Integer#MAX_VALUE} for all before it
 * @param rope rotation of queries and keys; empty where the layer knows no positions
 */
public record LayerConfig(int window, Optional<RopeConfig> rope) {
    /** No window. */
    public static final int ALL = Integer.MAX_VALUE;

    /** @throws CheckpointException when the window is empty */
    public LayerConfig {
        if (window < 1) {
            throw new CheckpointException("sliding_window must be at least 1, is " + window);
        }
    }

    /** A layer that sees all positions before it. */
    public static LayerConfig full(RopeConfig rope) {
        return new LayerConfig(ALL, Optional.of(rope));
    }
}

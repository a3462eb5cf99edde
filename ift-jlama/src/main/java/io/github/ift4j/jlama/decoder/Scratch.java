package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.util.EnumMap;
import java.util.Map;

/** Memory for results that are used at once: one buffer for each use, so that none is needed twice at a time. */
final class Scratch implements AutoCloseable {
    /** What a buffer is for. */
    enum Use {
        /** An adapter's input after dropout, [rows, in]. */
        DROPPED,
        /** x · Aᵀ of an adapter, [rows, rank]. */
        LOW_RANK,
        /** The gradient of x · Aᵀ, [rows, rank]. */
        D_LOW_RANK,
        /** A layer's output or its gradient before the gain of DoRA, [rows, out]. */
        PRODUCT,
        /** The gradient of an adapter's input after dropout, [rows, in]. */
        D_DROPPED
    }

    private final Map<Use, Buffer> buffers = new EnumMap<>(Use.class);

    /** A matrix of any content; the one given before for the same use is void. */
    Matrix matrix(Use use, int rows, int cols) {
        return buffers.computeIfAbsent(use, _ -> new Buffer()).matrix(rows, cols);
    }

    @Override
    public void close() {
        buffers.values().forEach(Buffer::close);
    }
}

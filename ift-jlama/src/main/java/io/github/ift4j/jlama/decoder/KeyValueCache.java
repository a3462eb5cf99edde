package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/** The keys and values of a context's tokens in every layer; grows by doubling. */
final class KeyValueCache implements AutoCloseable {
    private static final int FIRST_CAPACITY = 128;

    private final DecoderConfig config;
    private Arena arena = Arena.ofShared();
    private int capacity;
    private int length;
    private Matrix[] keys;
    private Matrix[] values;

    KeyValueCache(DecoderConfig config) {
        this.config = config;
        keys = new Matrix[config.layers().size()];
        values = new Matrix[config.layers().size()];
    }

    /** Number of tokens held. */
    int length() {
        return length;
    }

    /** Memory taken, in bytes. */
    long bytes() {
        return 2L * keys.length * capacity * config.attention().keyWidth() * Float.BYTES;
    }

    /** Sets the number of tokens held, after new rows were written or to forget old ones. */
    void length(int tokens) {
        length = tokens;
    }

    /** Makes room for {@code tokens} in all. */
    void ensure(int tokens) {
        if (tokens <= capacity) {
            return;
        }
        capacity = Math.min(config.contextLength(), Math.max(tokens, Math.max(FIRST_CAPACITY, 2 * capacity)));
        Arena old = arena;
        arena = Arena.ofShared();
        keys = grown(keys);
        values = grown(values);
        old.close();
    }

    private Matrix[] grown(Matrix[] old) {
        Matrix[] grown = new Matrix[old.length];
        for (int layer = 0; layer < grown.length; layer++) {
            grown[layer] = Matrix.allocate(arena, capacity, config.attention().keyWidth());
            if (length > 0) {
                grown[layer].rowRange(0, length).copyFrom(old[layer].rowRange(0, length));
            }
        }
        return grown;
    }

    /** Keys of a layer, [capacity, kvHeads x headDim]. */
    Matrix keys(int layer) {
        return keys[layer];
    }

    /** Values of a layer, [capacity, kvHeads x headDim]. */
    Matrix values(int layer) {
        return values[layer];
    }

    @Override
    public void close() {
        arena.close();
    }
}

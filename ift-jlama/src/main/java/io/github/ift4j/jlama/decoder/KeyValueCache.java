package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.KeyValuePanels;
import java.lang.foreign.Arena;

/** The keys and values of a context's tokens in every layer; grows by doubling. */
final class KeyValueCache implements AutoCloseable {
    private static final int FIRST_CAPACITY = 128;

    private final DecoderConfig config;
    private Arena arena = Arena.ofShared();
    private int capacity;
    private int length;
    private KeyValuePanels[] layers;

    KeyValueCache(DecoderConfig config) {
        this.config = config;
        layers = new KeyValuePanels[config.layers().size()];
    }

    /** Number of tokens held. */
    int length() {
        return length;
    }

    /** Memory taken, in bytes. */
    long bytes() {
        AttentionConfig attention = config.attention();
        return layers.length * KeyValuePanels.bytes(capacity, attention.kvHeads(), attention.headDim());
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
        layers = grown(layers);
        old.close();
    }

    private KeyValuePanels[] grown(KeyValuePanels[] old) {
        AttentionConfig attention = config.attention();
        KeyValuePanels[] grown = new KeyValuePanels[old.length];
        for (int layer = 0; layer < grown.length; layer++) {
            grown[layer] = new KeyValuePanels(arena, capacity, attention.kvHeads(), attention.headDim());
            if (length > 0) {
                grown[layer].copyFrom(old[layer], length);
            }
        }
        return grown;
    }

    /** Keys and values of a layer. */
    KeyValuePanels layer(int layer) {
        return layers[layer];
    }

    @Override
    public void close() {
        arena.close();
    }
}

package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.KeyValuePanels;
import java.lang.foreign.Arena;
import java.util.Arrays;

/** The keys and values of a context's tokens in every layer. */
final class KeyValueCache implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final KeyValuePanels[] layers;
    private int length;

    KeyValueCache(DecoderConfig config) {
        AttentionConfig attention = config.attention();
        layers = new KeyValuePanels[config.layers().size()];
        Arrays.setAll(layers, i -> new KeyValuePanels(arena, attention.kvHeads(), attention.headDim()));
    }

    /** Number of tokens held. */
    int length() {
        return length;
    }

    /** Memory taken, in bytes. */
    long bytes() {
        return layers.length * layers[0].bytes();
    }

    /** Sets the number of tokens held, after new rows were written or to forget old ones. */
    void length(int tokens) {
        length = tokens;
    }

    /** Makes room for {@code tokens} in all. */
    void ensure(int tokens) {
        for (KeyValuePanels layer : layers) {
            layer.ensure(tokens);
        }
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

package io.github.ift4j.jlama.decoder;

import java.lang.foreign.Arena;
import java.util.List;

/**
 * A decoder's weights with an adapter of their own. Its contexts may be fed in one step with those of the decoder and of any other
 * adapter over it, and share the products with the weights; logits are those of a decoder that was loaded with the adapter alone, bit
 * for bit.
 *
 * <p>Close it, before the decoder, when none of its contexts is in use any more: its memory is then given back.
 */
public final class AdaptedDecoder implements HiddenStateModel, AutoCloseable {
    private final Decoder decoder;
    private final LayerAdapters adapters;
    private final Arena arena;

    /** @param arena owner of the adapters' memory; closed with this model */
    AdaptedDecoder(Decoder decoder, LayerAdapters adapters, Arena arena) {
        this.decoder = decoder;
        this.adapters = adapters;
        this.arena = arena;
    }

    @Override
    public int vocabularySize() {
        return decoder.vocabularySize();
    }

    @Override
    public int contextLength() {
        return decoder.contextLength();
    }

    @Override
    public int hiddenSize() {
        return decoder.hiddenSize();
    }

    @Override
    public Context newContext() {
        return decoder.newContext(adapters);
    }

    @Override
    public boolean isFixed() {
        return decoder.isFixed();
    }

    @Override
    public void step(List<Feed> feeds) {
        decoder.step(feeds);
    }

    @Override
    public void hiddenStates(List<Feed> feeds) {
        decoder.hiddenStates(feeds);
    }

    /** Number of layers that the adapter changes. */
    public int layers() {
        return adapters.layers().size();
    }

    /** Frees the adapter's memory; the decoder stays. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}

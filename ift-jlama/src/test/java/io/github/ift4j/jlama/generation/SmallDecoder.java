package io.github.ift4j.jlama.generation;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.WeightInitialiser;

/** A decoder of random weights whose tokens are bytes. */
final class SmallDecoder {
    private SmallDecoder() {}

    /** The same weights every time. */
    static Decoder of(Workers workers, int contextLength) {
        return of(workers, contextLength, 11);
    }

    /** The same weights for the same seed. */
    static Decoder of(Workers workers, int contextLength, long seed) {
        DecoderConfig config = DecoderConfig.llama(FakeModel.VOCABULARY, 32, 48, 2, AttentionConfig.of(4, 2, 8))
                .contextLength(contextLength)
                .build();
        // A deviation that makes answers differ from prompt to prompt.
        return Decoder.initialise(config, new WeightInitialiser(seed, 0.4f), workers);
    }
}

package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Turns tokens that come one by one into text. What the parts add up to is what {@link Tokenizer#decode} makes of all tokens at
 * once; no part ends within a character. Used by one thread at a time.
 */
public sealed interface StreamingDecoder
        permits ByteLevelStreamingDecoder, WindowStreamingDecoder, CleaningStreamingDecoder {
    /** Takes the next token and returns the text that is now certain, often empty. */
    String append(int id);

    /** The text held back so far; the stream ends here. */
    String flush();

    /**
     * Picks the decoder that suits the tokenizer.
     *
     * @param decoder the decoder of tokenizer.json, may be null
     * @param cleansUp whether the text is passed through {@link SpaceCleanUp}
     */
    static StreamingDecoder of(Tokenizer tokenizer, JsonNode decoder, boolean skipSpecialTokens, boolean cleansUp) {
        StreamingDecoder exact = ByteLevelStreamingDecoder.isByteLevel(decoder)
                ? new ByteLevelStreamingDecoder(tokenizer, skipSpecialTokens)
                : new WindowStreamingDecoder(tokenizer, decoder, skipSpecialTokens);
        return cleansUp ? new CleaningStreamingDecoder(exact) : exact;
    }
}

package io.github.ift4j.samples.tiny;

/** Tokens that no text contains unless it spells them out; their ordinals are their ids. */
enum SpecialToken {
    PAD("<|pad|>"),
    /** Begins every text. */
    BOS("<|bos|>"),
    /** Ends every text and every answer. */
    END("<|end|>"),
    SYSTEM("<|system|>"),
    USER("<|user|>"),
    ASSISTANT("<|assistant|>");

    private final String text;

    SpecialToken(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    int id() {
        return ordinal();
    }
}

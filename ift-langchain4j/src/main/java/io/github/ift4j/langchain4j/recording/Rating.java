package io.github.ift4j.langchain4j.recording;

import java.util.Locale;

/** What a user thinks of an answer. */
public enum Rating {
    GOOD,
    BAD;

    /** As it stands in files. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Rating of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}

package io.github.ift4j.jlama.text;

import java.util.List;
import java.util.stream.Stream;

/**
 * Takes away the spaces that WordPiece tokens leave before punctuation and English contractions, as
 * {@code clean_up_tokenization} of transformers does, in text that comes piece by piece.
 *
 * <p>One replacement works on what the one before it leaves. Each holds back at most the few chars that may begin what it
 * looks for. Used by one thread at a time.
 */
final class SpaceCleanUp {
    private final List<Replacement> replacements = Stream.of(
                    " .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're")
            .map(Replacement::new)
            .toList();

    /** The whole text, cleaned. */
    static String of(String text) {
        SpaceCleanUp cleanUp = new SpaceCleanUp();
        return cleanUp.append(text) + cleanUp.flush();
    }

    /** Takes the next piece and returns the text that is now certain. */
    String append(String piece) {
        String text = piece;
        for (Replacement each : replacements) {
            text = each.append(text);
        }
        return text;
    }

    /** The text held back so far; the stream ends here. */
    String flush() {
        String text = "";
        for (Replacement each : replacements) {
            text = each.append(text) + each.flush();
        }
        return text;
    }

    /** Replaces a string by itself without the spaces at its ends, from left to right. */
    private static final class Replacement {
        private final String from;
        private final String to;
        private String held = "";

        Replacement(String from) {
            this.from = from;
            this.to = from.strip();
        }

        String append(String piece) {
            if (piece.isEmpty()) {
                return "";
            }
            String text = held + piece;
            StringBuilder done = new StringBuilder();
            int at = 0;
            for (int found = text.indexOf(from); found >= 0; found = text.indexOf(from, at)) {
                done.append(text, at, found).append(to);
                at = found + from.length();
            }
            int certain = Math.max(at, text.length() - from.length() + 1);
            while (certain < text.length() && !from.startsWith(text.substring(certain))) {
                certain++;
            }
            held = text.substring(certain);
            return done.append(text, at, certain).toString();
        }

        String flush() {
            String rest = held;
            held = "";
            return rest;
        }
    }
}

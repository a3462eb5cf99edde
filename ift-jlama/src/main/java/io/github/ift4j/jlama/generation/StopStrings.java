package io.github.ift4j.jlama.generation;

import java.util.List;

/**
 * Cuts a text that comes in pieces before the first stop string. Nothing of a stop string is let through, however the text
 * is divided into pieces: an end that may be the beginning of a stop string is held back until it is clear.
 */
final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    StopStrings(List<String> stops) {
        this.stops = stops;
    }

    /** Whether a stop string has come; from then on nothing is let through. */
    boolean found() {
        return found;
    }

    /** Takes a piece and returns the text that is certain to precede every stop string. */
    String append(String piece) {
        for (int i = 0; i < piece.length() && !found; i++) {
            held.append(piece.charAt(i));
            int start = startOfStop();
            if (start >= 0) {
                found = true;
                held.setLength(start);
            }
        }
        return release(found ? held.length() : held.length() - lengthOfPossibleStop());
    }

    /** The text still held back, when no more comes. */
    String finish() {
        return release(held.length());
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /** Where the longest stop string that ends here starts, or -1. */
    private int startOfStop() {
        int start = -1;
        for (String stop : stops) {
            int at = held.length() - stop.length();
            if (at >= 0 && (start < 0 || at < start) && endsWith(stop, stop.length())) {
                start = at;
            }
        }
        return start;
    }

    /** Length of the longest end of the text that begins a stop string. */
    private int lengthOfPossibleStop() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (endsWith(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWith(String stop, int length) {
        int at = held.length() - length;
        for (int i = 0; i < length; i++) {
            if (held.charAt(at + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}

package io.github.ift4j.jlama.checkpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** How tensors and what they hold are named in messages, whatever an untrusted file calls them. */
final class Names {
    private static final int LONGEST_SHOWN = 120;
    private static final int MOST_COMPARED = 10_000;
    private static final int SUGGESTIONS = 3;

    private Names() {}

    /** The name in quotes, on one line and of bounded length whatever it holds. */
    static String quote(String name) {
        String head = name.length() <= LONGEST_SHOWN ? name : name.substring(0, LONGEST_SHOWN) + "…";
        return "'" + escape(head) + "'";
    }

    /** The text on one line, with escapes for what cannot be seen. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (isShown(c)) {
                escaped.appendCodePoint(c);
            } else {
                escaped.append("\\u").append(String.format("%04x", c));
            }
        });
        return escaped.toString();
    }

    private static boolean isShown(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    /** The known names nearest to {@code wanted}, quoted and joined; empty when nothing is known. */
    static String nearest(String wanted, Collection<String> known) {
        record Candidate(String name, int distance) {}
        List<Candidate> candidates = known.stream()
                .filter(name -> name.length() <= LONGEST_SHOWN)
                .limit(MOST_COMPARED)
                .map(name -> new Candidate(name, distance(wanted, name)))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(SUGGESTIONS)
                .toList();
        return candidates.stream().map(candidate -> quote(candidate.name())).collect(Collectors.joining(", "));
    }

    /** The coordinates of an element. */
    static List<Long> position(long index, List<Integer> shape) {
        List<Long> position = new ArrayList<>();
        for (int dimension : shape.reversed()) {
            position.addFirst(index % dimension);
            index /= dimension;
        }
        return position;
    }

    /** Levenshtein's edit distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[b.length()];
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Text without bounds, up to a trigger: the automaton of Knuth, Morris and Pratt over valid UTF-8. */
final class FreeText {
    private static final Dfa ANY = Dfa.of(new Pattern.Times(new Pattern.OneOf(CodePoints.ALL), 0, Pattern.UNBOUNDED));

    private FreeText() {}

    /** Texts that do not hold the trigger. */
    static Dfa without(String trigger) {
        return ANY.and(search(trigger, false));
    }

    /** Texts that end with the trigger and hold it nowhere before. */
    static Dfa until(String trigger) {
        return ANY.and(search(trigger, true));
    }

    private static Dfa search(String trigger, boolean found) {
        byte[] bytes = trigger.getBytes(StandardCharsets.UTF_8);
        List<int[]> rows = new ArrayList<>();
        // The state in which the trigger's part without its first byte would have ended.
        int border = 0;
        for (int state = 0; state < bytes.length; state++) {
            int[] row = state == 0 ? new int[Dfa.BYTES] : rows.get(border).clone();
            int after = row[bytes[state] & 0xFF];
            row[bytes[state] & 0xFF] = state + 1;
            rows.add(row);
            border = state == 0 ? 0 : after;
        }
        int[] end = new int[Dfa.BYTES];
        Arrays.fill(end, -1);
        rows.add(end);
        boolean[] accepting = new boolean[bytes.length + 1];
        Arrays.fill(accepting, !found);
        accepting[bytes.length] = found;
        return new Dfa(rows.toArray(int[][]::new), accepting);
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Which bytes write a range of code points. */
final class Utf8 {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF};
    private static final int CONTINUATION_BITS = 6;
    private static final int MOST_CONTINUATIONS = 3;

    private Utf8() {}

    /**
     * Divides a range into parts of which each is written by any bytes within bounds.
     *
     * @param range scalar values without surrogates
     * @return for each part the bounds of its bytes, [bytes, 2]: least and greatest of the first byte, of the second, …
     */
    static List<int[][]> bytes(CodePoints.Range range) {
        List<int[][]> parts = new ArrayList<>();
        divide(range.first(), range.last(), parts);
        return parts;
    }

    private static void divide(int first, int last, List<int[][]> parts) {
        for (int longest : LAST_OF_LENGTH) {
            if (first <= longest && longest < last) {
                divide(first, longest, parts);
                divide(longest + 1, last, parts);
                return;
            }
        }
        for (int i = 1; i <= MOST_CONTINUATIONS && last > LAST_OF_LENGTH[0]; i++) {
            int low = (1 << (CONTINUATION_BITS * i)) - 1;
            if ((first & ~low) != (last & ~low)) {
                if ((first & low) != 0) {
                    divide(first, first | low, parts);
                    divide((first | low) + 1, last, parts);
                    return;
                }
                if ((last & low) != low) {
                    divide(first, (last & ~low) - 1, parts);
                    divide(last & ~low, last, parts);
                    return;
                }
            }
        }
        byte[] from = encode(first);
        byte[] to = encode(last);
        int[][] bounds = new int[from.length][];
        for (int i = 0; i < from.length; i++) {
            bounds[i] = new int[] {from[i] & 0xFF, to[i] & 0xFF};
        }
        parts.add(bounds);
    }

    private static byte[] encode(int codePoint) {
        return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
    }
}

package io.github.ift4j.jlama.text.tools;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids of nine letters and digits, as Mistral's chat templates demand. None comes twice in a process: they walk through all 62 to the
 * ninth from a random start, by a step that shares no factor with their number.
 */
final class ToolCallIds {
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int LENGTH = 9;
    private static final long COUNT = power(ALPHABET.length(), LENGTH);

    /** Neither even nor a multiple of 31, the prime factors of 62; near the golden section, so that neighbours look unlike. */
    private static final long STEP = 8_366_493_000_811_541L;

    private static final AtomicLong NEXT = new AtomicLong(new SecureRandom().nextLong(COUNT));

    private ToolCallIds() {}

    static String next() {
        long number = NEXT.getAndUpdate(n -> Math.floorMod(n + STEP, COUNT));
        char[] id = new char[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            id[i] = ALPHABET.charAt((int) (number % ALPHABET.length()));
            number /= ALPHABET.length();
        }
        return new String(id);
    }

    private static long power(int base, int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= base;
        }
        return power;
    }
}

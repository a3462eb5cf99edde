package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

/** Sizes and differences of logits, [tokens][vocabulary]. */
final class Logits {
    private Logits() {}

    /** The largest absolute difference between two logits of one place. */
    static float difference(float[][] actual, float[][] expected) {
        assertThat(actual).hasDimensions(expected.length, expected[0].length);
        float largest = 0;
        for (int t = 0; t < expected.length; t++) {
            for (int i = 0; i < expected[t].length; i++) {
                largest = Math.max(largest, Math.abs(actual[t][i] - expected[t][i]));
            }
        }
        return largest;
    }

    /** The largest absolute logit. */
    static float largest(float[][] logits) {
        return difference(logits, new float[logits.length][logits[0].length]);
    }

    /**
     * By how much Jlama's logits of one model may differ from call to call: its sums have another last bit once the JVM has
     * compiled their loops.
     */
    static float noise(float[][] logits) {
        return 1e-6f * largest(logits);
    }
}

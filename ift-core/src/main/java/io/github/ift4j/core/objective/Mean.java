package io.github.ift4j.core.objective;

/**
 * A mean that is still being taken.
 *
 * @param sum of the values so far
 * @param count of the values so far
 */
public record Mean(double sum, double count) {
    /** Of both. */
    public Mean plus(Mean other) {
        return new Mean(sum + other.sum, count + other.count);
    }

    /** Sum by count; not a number when there is none. */
    public double value() {
        return sum / count;
    }
}

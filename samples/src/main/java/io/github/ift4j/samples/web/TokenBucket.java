package io.github.ift4j.samples.web;

/**
 * Allows so many events a second on average, and that many at once after a rest.
 *
 * <p>Thread-safe.
 */
final class TokenBucket {
    private final double capacity;
    private final double perNano;
    private double tokens;
    private long last;

    /**
     * A full bucket.
     *
     * @param capacity most events at once
     * @param perSecond events a second in the long run
     * @param now nanoseconds of a clock that never goes back
     */
    TokenBucket(double capacity, double perSecond, long now) {
        this.capacity = capacity;
        this.perNano = perSecond * 1e-9;
        this.tokens = capacity;
        this.last = now;
    }

    /** Whether an event at this time is allowed. */
    synchronized boolean take(long now) {
        tokens = Math.min(capacity, tokens + (now - last) * perNano);
        last = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}

package io.github.ift4j.samples.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void aFullBucketAllowsItsCapacityAtOnceAndNoMore() {
        TokenBucket bucket = new TokenBucket(3, 1, 0);

        assertThat(new boolean[] {bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)})
                .containsExactly(true, true, true, false);
    }

    @Test
    void itFillsWithTimeUpToItsCapacity() {
        TokenBucket bucket = new TokenBucket(2, 4, 0);
        bucket.take(0);
        bucket.take(0);

        assertThat(bucket.take(SECOND / 5)).isFalse();
        assertThat(bucket.take(SECOND / 4)).isTrue();
        long later = 1_000 * SECOND;
        assertThat(new boolean[] {bucket.take(later), bucket.take(later), bucket.take(later)})
                .containsExactly(true, true, false);
    }
}

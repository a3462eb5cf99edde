package io.github.ift4j.core.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
    @Test
    void givesThePublishedNumbers() {
        SplitMix64 random = new SplitMix64(1234567);

        // Reference values of the authors' C code for this seed.
        assertThat(random.nextLong()).isEqualTo(6457827717110365317L);
        assertThat(random.nextLong()).isEqualTo(3203168211198807973L);
        assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("9817491932198370423");
    }

    @Test
    void gaussiansAreStandardNormal() {
        SplitMix64 random = new SplitMix64(5);
        int draws = 20_000;

        double[] values =
                DoubleStream.generate(random::nextGaussian).limit(draws).toArray();

        assertThat(DoubleStream.of(values).average().orElseThrow()).isCloseTo(0, within(4 / Math.sqrt(draws)));
        assertThat(DoubleStream.of(values).map(v -> v * v).average().orElseThrow())
                .isCloseTo(1, within(4 * Math.sqrt(2.0 / draws)));
    }

    @Test
    void purposesAndMomentsAreUnrelated() {
        assertThat(SplitMix64.of(1, 2, 3).nextLong())
                .isEqualTo(SplitMix64.of(1, 2, 3).nextLong());
        assertThat(SplitMix64.of(1, 2, 3).nextLong())
                .isNotEqualTo(SplitMix64.of(1, 3, 2).nextLong())
                .isNotEqualTo(SplitMix64.of(2, 1, 3).nextLong())
                .isNotEqualTo(SplitMix64.of(0, 2, 3).nextLong());
    }

    @Test
    void boundsMustBePositive() {
        assertThatThrownBy(() -> new SplitMix64(1).nextInt(0)).hasMessage("the bound must be positive, was 0");
    }
}

package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.objective.TemporalResidual.Schedule;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class TemporalResidualTest {
    private final SplittableRandom random = new SplittableRandom(3);

    @Test
    void constantStaysAndDrawsNothing() {
        TemporalResidual residual = TemporalResidual.constant(0.2);

        assertThat(residual.at(0, 10, null)).isEqualTo(0.2);
        assertThat(residual.at(99, 10, null)).isEqualTo(0.2);
    }

    @Test
    void linearGrowsOverTheWarmUp() {
        TemporalResidual residual = new TemporalResidual(0.3, 0.1, Schedule.LINEAR, 0);

        assertThat(residual.at(0, 4, random)).isEqualTo(0.1);
        assertThat(residual.at(2, 4, random)).isCloseTo(0.2, within(1e-15));
        assertThat(residual.at(4, 4, random)).isEqualTo(0.3);
        assertThat(residual.at(0, 0, random)).isEqualTo(0.3);
    }

    @Test
    void noiseIsNormalAroundTheStrength() {
        TemporalResidual residual = new TemporalResidual(0.2, 0, Schedule.CONSTANT, 0.5);
        int draws = 20_000;

        double[] values = DoubleStream.generate(() -> residual.at(0, 0, random))
                .limit(draws)
                .toArray();

        double mean = DoubleStream.of(values).average().orElseThrow();
        double deviation = Math.sqrt(
                DoubleStream.of(values).map(v -> (v - mean) * (v - mean)).sum() / draws);
        // Cutting at zero, two deviations below, moves the mean by 0.00085 and the deviation by about 2.5 %.
        assertThat(mean).isCloseTo(0.20085, within(4 * 0.1 / Math.sqrt(draws)));
        assertThat(deviation).isBetween(0.095, 0.1);
        assertThat(DoubleStream.of(values).allMatch(v -> v >= 0 && v <= 1)).isTrue();
        assertThat(values).contains(0.0);
    }

    @Test
    void strengthsOutsideTheirRangeAreRefused() {
        assertThatThrownBy(() -> TemporalResidual.constant(1.5)).hasMessage("lambda must be between 0 and 1, was 1.5");
        assertThatThrownBy(() -> new TemporalResidual(0.2, 0.3, Schedule.LINEAR, 0))
                .hasMessage("min-lambda must be between 0 and lambda (0.2), was 0.3");
        assertThatThrownBy(() -> new TemporalResidual(0.2, 0, Schedule.CONSTANT, -1))
                .hasMessage("lambda-noise must not be negative, was -1.0");
    }
}

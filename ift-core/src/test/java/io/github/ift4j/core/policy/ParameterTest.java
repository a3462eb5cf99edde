package io.github.ift4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterTest {
    private final Arena arena = Arena.ofAuto();

    @Test
    void whatIsAddedAfterClearingStartsFromZero() {
        Parameter parameter = new Parameter(
                "w",
                List.of(2, 3),
                arena.allocate(ValueLayout.JAVA_FLOAT, 6),
                arena.allocate(ValueLayout.JAVA_FLOAT, 6));
        assertThat(parameter.hasGradient()).isFalse();

        parameter.markGradient();
        parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 5, 3);
        assertThat(parameter.hasGradient()).isTrue();

        parameter.clearGradient();
        assertThat(parameter.hasGradient()).isFalse();

        parameter.markGradient();
        assertThat(parameter.hasGradient()).isTrue();
        assertThat(parameter.gradient().toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0);
    }

    @Test
    void aWholeGradientIsOverwrittenFirstAndAddedToThen() {
        Parameter parameter = new Parameter(
                "w", List.of(2), arena.allocate(ValueLayout.JAVA_FLOAT, 2), arena.allocate(ValueLayout.JAVA_FLOAT, 2));
        assertThat(parameter.beginGradient()).isFalse();
        assertThat(parameter.hasGradient()).isTrue();
        parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 1, 3);

        assertThat(parameter.beginGradient()).isTrue();
        parameter.markGradient();
        assertThat(parameter.gradient().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 3);

        parameter.clearGradient();
        assertThat(parameter.beginGradient()).isFalse();
    }

    @Test
    void memoryMustHoldTheShape() {
        assertThatThrownBy(() -> new Parameter(
                        "w",
                        List.of(2, 3),
                        arena.allocate(ValueLayout.JAVA_FLOAT, 6),
                        arena.allocate(ValueLayout.JAVA_FLOAT, 5)))
                .hasMessage("parameter w of shape [2, 3] needs 24 bytes for its value and its gradient, got 24 and 20");
    }
}

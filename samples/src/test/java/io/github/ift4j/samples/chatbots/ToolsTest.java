package io.github.ift4j.samples.chatbots;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolsTest {
    @ParameterizedTest
    @CsvSource({
        "7, MULTIPLY, 6, 42",
        "0.1, ADD, 0.2, 0.3",
        "100, SUBTRACT, 0, 100",
        "1, DIVIDE, 3, 0.3333333333333333",
        "1, DIVIDE, 0, nothing can be divided by 0",
        "1e999999999, MULTIPLY, 1, 1E+999999999"
    })
    void theCalculatorCalculates(BigDecimal a, CalculatorTool.Operation operation, BigDecimal b, String result) {
        assertThat(new CalculatorTool().calculate(a, operation, b)).isEqualTo(result);
    }

    @Test
    void theClockTellsTheTimeOfItsZone() {
        ClockTool clock = new ClockTool(() -> Instant.parse("2026-01-31T23:30:00Z"), ZoneId.of("Europe/Berlin"));

        assertThat(clock.now()).isEqualTo("Sunday 1 February 2026, 00:30 in Europe/Berlin");
    }

    @ParameterizedTest
    @CsvSource({"256, 64, 176, 0", "1024, 256, 240, 512", "131072, 512, 3056, 512"})
    void aContextIsDivided(int context, int answer, int memory, int tools) {
        assertThat(TokenBudget.of(context)).isEqualTo(new TokenBudget(answer, memory, tools));
    }
}

package io.github.ift4j.samples.chatbots;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import java.math.BigDecimal;
import java.math.MathContext;

/** Calculates for a model. */
public final class CalculatorTool {
    /** Numbers of more zeros are written with an exponent. */
    private static final int LONGEST_PLAIN = 20;

    /** What can be done with two numbers. */
    public enum Operation {
        /** Their sum. */
        ADD,
        /** The first less the second. */
        SUBTRACT,
        /** Their product. */
        MULTIPLY,
        /** The first by the second. */
        DIVIDE
    }

    /** The result to 16 digits, or a sentence that says why there is none. */
    @Tool("Calculates with two numbers")
    public String calculate(
            @P(name = "a", description = "first number") BigDecimal a,
            @P(name = "operation", description = "what to do") Operation operation,
            @P(name = "b", description = "second number") BigDecimal b) {
        if (operation == Operation.DIVIDE && b.signum() == 0) {
            return "nothing can be divided by 0";
        }
        BigDecimal result = switch (operation) {
            case ADD -> a.add(b, MathContext.DECIMAL64);
            case SUBTRACT -> a.subtract(b, MathContext.DECIMAL64);
            case MULTIPLY -> a.multiply(b, MathContext.DECIMAL64);
            case DIVIDE -> a.divide(b, MathContext.DECIMAL64);
        };
        BigDecimal shortest = result.stripTrailingZeros();
        return Math.abs(shortest.scale()) <= LONGEST_PLAIN ? shortest.toPlainString() : shortest.toString();
    }
}

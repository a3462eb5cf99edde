package io.github.ift4j.jlama.generation.guided;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Optional;

/** Numbers with bounds and steps. */
final class SchemaNumbers {
    private static final int MOST_DIGITS = 300;
    private static final int MOST_STEP = 1_000;
    /** Together 15 digits, which a double tells from each other, so that a reader's rounding crosses no bound. */
    private static final int WHOLE_DIGITS = 9;

    private static final int FRACTION_DIGITS = 6;
    private static final int INTEGER_DIGITS = 18;
    /** As many as a double holds: readers divide doubles by the step. */
    private static final int STEPPED_DIGITS = 15;

    private SchemaNumbers() {}

    static Grammar of(ObjectNode schema, boolean integer, SchemaPlace place) {
        Optional<DecimalRange.Bound> lower = lower(schema, place);
        Optional<DecimalRange.Bound> upper = upper(schema, place);
        if (schema.path("format").asText().equals("int32")) {
            lower = tighter(
                    lower, Optional.of(new DecimalRange.Bound(BigDecimal.valueOf(Integer.MIN_VALUE), false)), true);
            upper = tighter(
                    upper, Optional.of(new DecimalRange.Bound(BigDecimal.valueOf(Integer.MAX_VALUE), false)), false);
        }
        Optional<BigDecimal> step = number(schema, "multipleOf", place);
        if (lower.isEmpty() && upper.isEmpty() && step.isEmpty()) {
            return integer ? JsonText.INTEGER : JsonText.NUMBER;
        }
        boolean whole =
                integer || step.isPresent() && step.get().stripTrailingZeros().scale() <= 0;
        int scale = Math.max(scale(lower), scale(upper));
        int fraction = whole ? 0 : Math.max(FRACTION_DIGITS, scale);
        Dfa steps = null;
        if (step.isPresent()) {
            BigDecimal exact = step.get().stripTrailingZeros();
            if (exact.scale() > 0 && exact.unscaledValue().bitLength() == 1 && exact.scale() <= MOST_DIGITS) {
                fraction = Math.min(fraction, exact.scale());
            } else if (exact.scale() <= 0
                    && exact.signum() > 0
                    && exact.compareTo(BigDecimal.valueOf(MOST_STEP)) <= 0) {
                steps = DecimalRange.multiples(exact.intValueExact());
            } else {
                throw place.at("multipleOf")
                        .error("must be a whole number from 1 to " + MOST_STEP + " or a power of ten below 1 to be"
                                + " enforced, was " + SchemaKeywords.shown(schema.get("multipleOf")));
            }
        }
        int usual = !whole ? WHOLE_DIGITS : steps == null ? INTEGER_DIGITS : STEPPED_DIGITS;
        int digits = Math.max(usual, Math.max(digits(lower), digits(upper)));
        Dfa texts = DecimalRange.of(lower, upper, digits, fraction);
        texts = steps == null ? texts : texts.and(steps);
        if (texts.isEmpty()) {
            throw place.error("no number fits its bounds");
        }
        return new Parts.Automaton(texts);
    }

    private static Optional<DecimalRange.Bound> lower(ObjectNode schema, SchemaPlace place) {
        return bound(schema, "minimum", "exclusiveMinimum", true, place);
    }

    private static Optional<DecimalRange.Bound> upper(ObjectNode schema, SchemaPlace place) {
        return bound(schema, "maximum", "exclusiveMaximum", false, place);
    }

    private static Optional<DecimalRange.Bound> bound(
            ObjectNode schema, String inclusive, String exclusive, boolean lower, SchemaPlace place) {
        // Draft 4 says by a boolean whether the other bound belongs to the range.
        boolean strict =
                schema.path(exclusive).isBoolean() && schema.path(exclusive).booleanValue();
        Optional<DecimalRange.Bound> first =
                number(schema, inclusive, place).map(value -> new DecimalRange.Bound(value, strict));
        Optional<DecimalRange.Bound> second = schema.path(exclusive).isBoolean()
                ? Optional.empty()
                : number(schema, exclusive, place).map(value -> new DecimalRange.Bound(value, true));
        return tighter(first, second, lower);
    }

    private static Optional<DecimalRange.Bound> tighter(
            Optional<DecimalRange.Bound> first, Optional<DecimalRange.Bound> second, boolean lower) {
        if (first.isEmpty() || second.isEmpty()) {
            return first.or(() -> second);
        }
        int order = first.get().value().compareTo(second.get().value());
        if (order == 0) {
            return first.get().exclusive() ? first : second;
        }
        return order > 0 == lower ? first : second;
    }

    private static Optional<BigDecimal> number(ObjectNode schema, String keyword, SchemaPlace place) {
        JsonNode value = schema.path(keyword);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isNumber()) {
            throw place.at(keyword).error("must be a number, was " + SchemaKeywords.shown(value));
        }
        BigDecimal number = value.decimalValue();
        if (Math.abs((long) number.precision() - number.scale()) > MOST_DIGITS
                || Math.abs((long) number.scale()) > MOST_DIGITS) {
            throw place.at(keyword).error("more than " + MOST_DIGITS + " digits cannot be enforced");
        }
        return Optional.of(number);
    }

    private static int scale(Optional<DecimalRange.Bound> bound) {
        return bound.map(known -> Math.max(0, known.value().stripTrailingZeros().scale()))
                .orElse(0);
    }

    private static int digits(Optional<DecimalRange.Bound> bound) {
        return bound.map(known -> known.value().toBigInteger().abs().toString().length())
                .orElse(0);
    }
}

package io.github.ift4j.jlama.text.jinja;

import java.math.BigInteger;
import java.util.Map;
import java.util.Set;

/** What {@code value is name(arguments)} asks. */
final class BuiltinTests {
    private static final Set<String> NAMES = Set.of(
            "odd",
            "even",
            "divisibleby",
            "defined",
            "undefined",
            "filter",
            "test",
            "none",
            "boolean",
            "false",
            "true",
            "integer",
            "float",
            "lower",
            "upper",
            "string",
            "mapping",
            "number",
            "sequence",
            "iterable",
            "callable",
            "sameas",
            "escaped",
            "in",
            "==",
            "eq",
            "equalto",
            "!=",
            "ne",
            ">",
            "gt",
            "greaterthan",
            "ge",
            ">=",
            "<",
            "lt",
            "lessthan",
            "<=",
            "le");

    private final Budget budget;
    private final Operators operators;
    private final Printer printer;
    private final Filters filters;

    BuiltinTests(Budget budget, Filters filters) {
        this.budget = budget;
        this.operators = new Operators(budget);
        this.printer = new Printer(budget);
        this.filters = filters;
    }

    boolean holds(String name, Object value, Arguments arguments) {
        budget.scanIfText(value);
        budget.scan(arguments);
        return switch (name) {
            case "odd" -> remainder(value, 2L, 1L);
            case "even" -> remainder(value, 2L, 0L);
            case "divisibleby" -> remainder(value, other(name, arguments), 0L);
            case "in" -> operators.contains(other(name, arguments), value);
            case "==", "eq", "equalto" -> operators.compare("==", value, other(name, arguments));
            case "!=", "ne" -> operators.compare("!=", value, other(name, arguments));
            case ">", "gt", "greaterthan" -> operators.compare(">", value, other(name, arguments));
            case ">=", "ge" -> operators.compare(">=", value, other(name, arguments));
            case "<", "lt", "lessthan" -> operators.compare("<", value, other(name, arguments));
            case "<=", "le" -> operators.compare("<=", value, other(name, arguments));
            case "sameas" -> same(value, other(name, arguments));
            default -> {
                arguments.bind(name);
                yield ofType(name, value);
            }
        };
    }

    private boolean ofType(String name, Object value) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == null;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "integer" -> value instanceof Long || value instanceof BigInteger;
            case "float" -> value instanceof Double;
            case "number" -> Values.isNumber(value);
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map;
            case "sequence" ->
                value instanceof String
                        || value instanceof Map
                        || value instanceof Undefined
                        || Values.sequence(value) != null;
            case "iterable" -> Values.isIterable(value);
            case "callable" -> value instanceof Callable || value instanceof Undefined;
            case "lower" -> StringMethods.isLower(paid(printer.str(value)));
            case "upper" -> StringMethods.isUpper(paid(printer.str(value)));
            case "escaped" -> false;
            case "filter" -> value instanceof String filter && filters.has(filter);
            case "test" -> value instanceof String test && NAMES.contains(test);
            default -> throw new TemplateException("no test named '%s'".formatted(name));
        };
    }

    private String paid(String text) {
        budget.chars(text.length());
        return text;
    }

    private static Object other(String name, Arguments arguments) {
        return arguments.bind(name, "other").required(0);
    }

    private boolean remainder(Object value, Object divisor, Object wanted) {
        return operators.equal(operators.binary("%", value, divisor), wanted);
    }

    private static boolean same(Object value, Object other) {
        return value == other
                || (value != null
                        && (value instanceof Boolean || value instanceof Long || value instanceof String)
                        && value.equals(other));
    }
}

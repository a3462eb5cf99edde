package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Python's operators. */
final class Operators {
    private final Budget budget;
    private final Printer printer;

    Operators(Budget budget) {
        this.budget = budget;
        this.printer = new Printer(budget);
    }

    Object unary(String operator, Object operand) {
        failIfUndefined(operand);
        boolean negate = operator.equals("-");
        return switch (operand) {
            case Double d -> negate ? -d : d;
            case Long l -> negate ? exact(() -> Math.negateExact(l)) : l;
            case Boolean b -> negate ? -(b ? 1L : 0L) : (b ? 1L : 0L);
            case null, default ->
                throw new TemplateException(
                        "unary %s does not work on '%s'".formatted(operator, Values.typeName(operand)));
        };
    }

    Object binary(String operator, Object left, Object right) {
        failIfUndefined(left);
        if (operator.equals("%") && left instanceof String format) {
            return new PercentFormat(budget, printer).format(format, right);
        }
        failIfUndefined(right);
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return arithmetic(operator, left, right);
        }
        Object result = switch (operator) {
            case "+" -> add(left, right);
            case "*" -> Values.integer(right).isPresent() ? repeat(left, right) : repeat(right, left);
            default -> null;
        };
        if (result == null) {
            throw new TemplateException("%s does not work on '%s' and '%s'"
                    .formatted(operator, Values.typeName(left), Values.typeName(right)));
        }
        return result;
    }

    private Object add(Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            budget.chars((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return joined(a, b);
        }
        return left instanceof Tuple a && right instanceof Tuple b ? new Tuple(joined(a.items(), b.items())) : null;
    }

    private List<Object> joined(List<?> left, List<?> right) {
        budget.steps((long) left.size() + right.size());
        List<Object> joined = new ArrayList<>(left.size() + right.size());
        joined.addAll(left);
        joined.addAll(right);
        return joined;
    }

    private Object repeat(Object value, Object count) {
        if (Values.integer(count).isEmpty()) {
            return null;
        }
        long times = Math.max(0, Values.integer(count).getAsLong());
        return switch (value) {
            case String text -> {
                budget.chars(Budget.product(text.length(), times));
                yield text.isEmpty() ? "" : text.repeat((int) times);
            }
            case List<?> list -> repeated(list, times);
            case Tuple tuple -> new Tuple(repeated(tuple.items(), times));
            case null, default -> null;
        };
    }

    private List<Object> repeated(List<?> items, long times) {
        budget.steps(Budget.product(items.size(), times));
        List<Object> repeated = new ArrayList<>();
        for (long i = 0; i < times && !items.isEmpty(); i++) {
            repeated.addAll(items);
        }
        return repeated;
    }

    private static Object arithmetic(String operator, Object left, Object right) {
        boolean whole =
                Values.integer(left).isPresent() && Values.integer(right).isPresent();
        if (whole && !operator.equals("/")) {
            return integers(
                    operator,
                    Values.integer(left).getAsLong(),
                    Values.integer(right).getAsLong());
        }
        double a = Values.toDouble(left);
        double b = Values.toDouble(right);
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new TemplateException("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> modulo(a, b);
            default -> Math.pow(a, b);
        };
    }

    private static double modulo(double a, double b) {
        double remainder = a % b;
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    }

    private static Object integers(String operator, long a, long b) {
        if (b == 0 && (operator.equals("//") || operator.equals("%"))) {
            throw new TemplateException("division by zero");
        }
        return switch (operator) {
            case "+" -> exact(() -> Math.addExact(a, b));
            case "-" -> exact(() -> Math.subtractExact(a, b));
            case "*" -> exact(() -> Math.multiplyExact(a, b));
            case "//" -> Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            default -> b < 0 ? (Object) Math.pow(a, b) : exact(() -> power(a, b));
        };
    }

    private static long power(long base, long exponent) {
        if (Math.abs(base) <= 1) {
            return exponent == 0 || base == 1 || (base == -1 && exponent % 2 == 0) ? 1 : base;
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static long exact(LongSupplier operation) {
        try {
            return operation.getAsLong();
        } catch (ArithmeticException e) {
            throw new TemplateException("an integer grows beyond 64 bits");
        }
    }

    boolean compare(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> equal(left, right);
            case "!=" -> !equal(left, right);
            case "in" -> contains(right, left);
            case "not in" -> !contains(right, left);
            case "<" -> order(left, right) < 0 && !isNaN(left, right);
            case "<=" -> order(left, right) <= 0 && !isNaN(left, right);
            case ">" -> order(left, right) > 0 && !isNaN(left, right);
            default -> order(left, right) >= 0 && !isNaN(left, right);
        };
    }

    private static boolean isNaN(Object left, Object right) {
        return (left instanceof Double a && a.isNaN()) || (right instanceof Double b && b.isNaN());
    }

    /** {@code left == right}. */
    boolean equal(Object left, Object right) {
        budget.step();
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return numbersEqual(left, right);
        }
        return switch (left) {
            case null -> right == null;
            case String a -> {
                budget.scan(right instanceof String b && a.length() == b.length() ? a.length() : 0);
                yield a.equals(right);
            }
            case Undefined a -> right instanceof Undefined;
            case List<?> a -> right instanceof List<?> b && itemsEqual(a, b);
            case Tuple a -> right instanceof Tuple b && itemsEqual(a.items(), b.items());
            case Map<?, ?> a -> right instanceof Map<?, ?> b && entriesEqual(a, b);
            default -> left == right;
        };
    }

    private static boolean numbersEqual(Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            return Values.toDouble(left) == Values.toDouble(right);
        }
        if (Values.integer(left).isPresent() && Values.integer(right).isPresent()) {
            return Values.integer(left).getAsLong() == Values.integer(right).getAsLong();
        }
        return left.equals(right);
    }

    private boolean itemsEqual(List<?> left, List<?> right) {
        if (left.size() != right.size()) {
            return false;
        }
        budget.enter();
        boolean equal = true;
        for (int i = 0; equal && i < left.size(); i++) {
            equal = equal(left.get(i), right.get(i));
        }
        budget.leave();
        return equal;
    }

    private boolean entriesEqual(Map<?, ?> left, Map<?, ?> right) {
        if (left.size() != right.size()) {
            return false;
        }
        budget.enter();
        boolean equal = true;
        for (Iterator<? extends Map.Entry<?, ?>> entries = left.entrySet().iterator(); equal && entries.hasNext(); ) {
            Map.Entry<?, ?> entry = entries.next();
            equal = right.containsKey(entry.getKey()) && equal(entry.getValue(), right.get(entry.getKey()));
        }
        budget.leave();
        return equal;
    }

    /** Negative, zero or positive as {@code left} comes before, with or after {@code right}. */
    int order(Object left, Object right) {
        budget.step();
        failIfUndefined(left);
        failIfUndefined(right);
        if (Values.integer(left).isPresent() && Values.integer(right).isPresent()) {
            return Long.compare(
                    Values.integer(left).getAsLong(), Values.integer(right).getAsLong());
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return Double.compare(Values.toDouble(left) + 0.0, Values.toDouble(right) + 0.0);
        }
        if (left instanceof String a && right instanceof String b) {
            // Char by char this takes several times as long as a search.
            budget.scan(4L * Math.min(a.length(), b.length()));
            return codePointOrder(a, b);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return itemOrder(a, b);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return itemOrder(a.items(), b.items());
        }
        throw new TemplateException(
                "'%s' and '%s' have no order among them".formatted(Values.typeName(left), Values.typeName(right)));
    }

    private static int codePointOrder(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            if (a.charAt(i) != b.charAt(i)) {
                boolean surrogates = Character.isSurrogate(a.charAt(i)) != Character.isSurrogate(b.charAt(i));
                return surrogates
                        ? (Character.isSurrogate(a.charAt(i)) ? 1 : -1)
                        : Character.compare(a.charAt(i), b.charAt(i));
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    private int itemOrder(List<?> a, List<?> b) {
        budget.enter();
        int order = 0;
        int shorter = Math.min(a.size(), b.size());
        for (int i = 0; order == 0 && i < shorter; i++) {
            order = equal(a.get(i), b.get(i)) ? 0 : order(a.get(i), b.get(i));
        }
        budget.leave();
        return order != 0 ? order : Integer.compare(a.size(), b.size());
    }

    /** {@code item in container}. */
    boolean contains(Object container, Object item) {
        return switch (container) {
            case String text -> {
                if (!(item instanceof String part)) {
                    throw new TemplateException(
                            "only a string can be in a string, not '%s'".formatted(Values.typeName(item)));
                }
                budget.search(text, part);
                yield text.contains(part);
            }
            case Map<?, ?> map -> {
                budget.scanIfText(item);
                yield !(item instanceof Undefined || item instanceof Tuple) && map.containsKey(key(item));
            }
            case null, default -> Values.items(container, budget).stream().anyMatch(each -> equal(each, item));
        };
    }

    /**
     * A value as the key of a dict.
     *
     * @throws TemplateException when it is neither a string nor a number nor a bool nor None
     */
    static Object key(Object value) {
        if (value != null && !(value instanceof String) && !Values.isNumber(value)) {
            throw new TemplateException("a value of type '%s' cannot be a key".formatted(Values.typeName(value)));
        }
        boolean whole = value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1L << 53;
        return whole ? (Object) ((Double) value).longValue() : value;
    }

    static void failIfUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
    }
}

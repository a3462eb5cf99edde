package io.github.ift4j.jlama.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What Python says of values: their types, truth, length and items. */
final class Values {
    private static final int MAX_INPUT_DEPTH = 200;

    private Values() {}

    /**
     * A value of the host as a template sees it.
     *
     * @throws IllegalArgumentException when it is not made of what JSON knows, or nests deeper than 200 levels
     */
    static Object fromHost(Object value) {
        return fromHost(value, 0);
    }

    private static Object fromHost(Object value, int depth) {
        if (depth > MAX_INPUT_DEPTH) {
            throw new IllegalArgumentException("a value nests deeper than " + MAX_INPUT_DEPTH + " levels");
        }
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean bool -> bool;
            case Double number -> number;
            case Float number -> number.doubleValue();
            case Long number -> number;
            case Integer number -> number.longValue();
            case Short number -> number.longValue();
            case Byte number -> number.longValue();
            case BigDecimal number -> number.doubleValue();
            case BigInteger number -> number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
            case List<?> list -> {
                List<Object> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(fromHost(item, depth + 1)));
                yield items;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> entries = LinkedHashMap.newLinkedHashMap(map.size());
                map.forEach((key, item) -> entries.put(fromHost(key, depth + 1), fromHost(item, depth + 1)));
                yield entries;
            }
            default ->
                throw new IllegalArgumentException(
                        "a template cannot take a value of " + value.getClass().getName());
        };
    }

    /** Python's name of the value's type. */
    static String typeName(Object value) {
        return switch (value) {
            case null -> "NoneType";
            case Boolean b -> "bool";
            case Long l -> "int";
            case BigInteger i -> "int";
            case Double d -> "float";
            case String s -> "str";
            case List<?> l -> "list";
            case Map<?, ?> m -> "dict";
            case Tuple t -> "tuple";
            case Undefined u -> "Undefined";
            case View v -> v.kind();
            case Generator g -> "generator";
            case Namespace n -> "Namespace";
            case LoopContext l -> "LoopContext";
            case Callable c -> "function";
            default -> "object";
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean b -> b;
            case Long l -> l != 0;
            case BigInteger i -> i.signum() != 0;
            case Double d -> d != 0;
            case String s -> !s.isEmpty();
            case List<?> l -> !l.isEmpty();
            case Map<?, ?> m -> !m.isEmpty();
            case Tuple t -> !t.items().isEmpty();
            case View v -> !v.items().isEmpty();
            case LoopContext l -> l.length() > 0;
            case Undefined u -> false;
            default -> true;
        };
    }

    /** An integer, a bool included; empty for all else. */
    static OptionalLong integer(Object value) {
        return switch (value) {
            case Long l -> OptionalLong.of(l);
            case Boolean b -> OptionalLong.of(b ? 1 : 0);
            case null, default -> OptionalLong.empty();
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger;
    }

    /** A number, a bool included, as double. */
    static double toDouble(Object number) {
        return number instanceof Boolean b ? (b ? 1 : 0) : ((Number) number).doubleValue();
    }

    /** {@code len(value)}. */
    static long length(Object value) {
        return switch (value) {
            case String s -> s.codePointCount(0, s.length());
            case List<?> l -> l.size();
            case Map<?, ?> m -> m.size();
            case Tuple t -> t.items().size();
            case View v -> v.items().size();
            case LoopContext l -> l.length();
            case Undefined u -> 0;
            case null, default ->
                throw new TemplateException("a value of type '%s' has no length".formatted(typeName(value)));
        };
    }

    static boolean isIterable(Object value) {
        return value instanceof String
                || value instanceof List
                || value instanceof Map
                || value instanceof Tuple
                || value instanceof View
                || value instanceof Generator
                || value instanceof Undefined
                || value instanceof LoopContext;
    }

    /** The items that a loop over the value sees; the budget pays for them. */
    static List<Object> items(Object value, Budget budget) {
        List<Object> items = switch (value) {
            case List<?> l -> new ArrayList<>(l);
            case Tuple t -> t.items();
            case View v -> v.items();
            case Generator g -> g.drain();
            case Undefined u -> List.of();
            case String s -> characters(s, budget);
            case Map<?, ?> m -> new ArrayList<>(m.keySet());
            case null, default ->
                throw new TemplateException("a value of type '%s' cannot be iterated over".formatted(typeName(value)));
        };
        budget.steps(items.size());
        return items;
    }

    private static List<Object> characters(String text, Budget budget) {
        budget.steps(text.length());
        List<Object> characters = new ArrayList<>(text.length());
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            characters.add(Character.toString(codePoint));
            i += Character.charCount(codePoint);
        }
        return characters;
    }

    /** The values at the positions of a sequence; null when the value is none. A string is not asked for here. */
    static List<?> sequence(Object value) {
        return switch (value) {
            case List<?> l -> l;
            case Tuple t -> t.items();
            case null, default -> null;
        };
    }
}

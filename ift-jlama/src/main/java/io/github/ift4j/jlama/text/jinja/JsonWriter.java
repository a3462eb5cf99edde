package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Python's {@code json.dumps}.
 *
 * @param asciiOnly {@code ensure_ascii}
 * @param indent what one level is indented by, null for all on one line
 */
record JsonWriter(
        Budget budget, boolean asciiOnly, String indent, String itemSeparator, String keySeparator, boolean sortKeys) {
    /** Chars of a backslash, a u and four digits. */
    private static final int ESCAPED = 6;

    String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out, 0);
        return out.toString();
    }

    private void write(Object value, StringBuilder out, int level) {
        budget.step();
        int before = out.length();
        switch (value) {
            case List<?> list -> array(list, out, level);
            case Tuple tuple -> array(tuple.items(), out, level);
            case Map<?, ?> map -> object(map, out, level);
            case String text -> quote(text, out);
            case null, default -> {
                scalar(value, out);
                budget.chars(out.length() - before);
            }
        }
    }

    private void scalar(Object value, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case Boolean bool -> out.append(bool.booleanValue());
            case Double number -> out.append(number(number));
            case Number number -> out.append(number);
            default ->
                throw new TemplateException(
                        "a value of type '%s' cannot be written as JSON".formatted(Values.typeName(value)));
        }
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        return PythonFloat.repr(value);
    }

    private void array(Collection<?> items, StringBuilder out, int level) {
        budget.enter();
        out.append('[');
        boolean first = true;
        for (Object item : items) {
            separate(out, first, level + 1);
            write(item, out, level + 1);
            first = false;
        }
        close(out, first, level, ']');
        budget.leave();
    }

    private void object(Map<?, ?> map, StringBuilder out, int level) {
        budget.enter();
        out.append('{');
        boolean first = true;
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sortKeys) {
            Operators operators = new Operators(budget);
            entries.sort((a, b) -> operators.order(a.getKey(), b.getKey()));
        }
        for (Map.Entry<?, ?> entry : entries) {
            separate(out, first, level + 1);
            quote(key(entry.getKey()), out);
            budget.chars(keySeparator.length());
            out.append(keySeparator);
            write(entry.getValue(), out, level + 1);
            first = false;
        }
        close(out, first, level, '}');
        budget.leave();
    }

    private String key(Object key) {
        return switch (key) {
            case String text -> text;
            case null -> "null";
            case Boolean bool -> bool.toString();
            case Double number -> number(number);
            case Long number -> number.toString();
            default ->
                throw new TemplateException(
                        "a key of type '%s' cannot be written as JSON".formatted(Values.typeName(key)));
        };
    }

    private void separate(StringBuilder out, boolean first, int level) {
        if (!first) {
            budget.chars(itemSeparator.length());
            out.append(itemSeparator);
        }
        newLine(out, level);
    }

    private void close(StringBuilder out, boolean empty, int level, char bracket) {
        if (!empty) {
            newLine(out, level);
        }
        out.append(bracket);
        budget.chars(2);
    }

    private void newLine(StringBuilder out, int level) {
        if (indent != null) {
            budget.chars(1 + (long) indent.length() * level);
            out.append('\n').repeat(indent, level);
        }
    }

    private void quote(String text, StringBuilder out) {
        budget.chars(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20 || (asciiOnly && c > 0x7E)) {
                        budget.chars(ESCAPED);
                        out.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}

package io.github.ift4j.jlama.text.jinja;

import java.util.List;
import java.util.Map;

/** Python's {@code str} and {@code repr}. */
final class Printer {
    private final Budget budget;

    Printer(Budget budget) {
        this.budget = budget;
    }

    /** {@code str(value)}. */
    String str(Object value) {
        if (value instanceof String text) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        if (!(value instanceof Undefined)) {
            repr(value, out);
        }
        return out.toString();
    }

    /** {@code repr(value)}. */
    String repr(Object value) {
        StringBuilder out = new StringBuilder();
        repr(value, out);
        return out.toString();
    }

    private void repr(Object value, StringBuilder out) {
        int before = out.length();
        switch (value) {
            case null -> out.append("None");
            case Boolean b -> out.append(b ? "True" : "False");
            case Double d -> out.append(PythonFloat.repr(d));
            case String s -> {
                budget.chars(s.length());
                quote(s, out);
            }
            case List<?> list -> nested(out, "[", list, "]");
            case Tuple tuple -> nested(out, "(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
            case View view -> nested(out, view.kind() + "([", view.items(), "])");
            case Map<?, ?> map -> dict(map, out);
            case Namespace namespace -> {
                out.append("<Namespace ");
                dict(namespace.fields(), out);
                out.append('>');
            }
            case Undefined u -> out.append("Undefined");
            case Number n -> out.append(n);
            default -> out.append('<').append(Values.typeName(value)).append(" object>");
        }
        if (!(value instanceof String
                || value instanceof List
                || value instanceof Tuple
                || value instanceof Map
                || value instanceof View)) {
            budget.chars(out.length() - before);
        }
    }

    private void nested(StringBuilder out, String open, List<?> items, String close) {
        budget.enter();
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            budget.chars(2);
            out.append(i == 0 ? "" : ", ");
            repr(items.get(i), out);
        }
        out.append(close);
        budget.leave();
    }

    private void dict(Map<?, ?> map, StringBuilder out) {
        budget.enter();
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            budget.step();
            budget.chars(4);
            out.append(separator);
            repr(entry.getKey(), out);
            out.append(": ");
            repr(entry.getValue(), out);
            separator = ", ";
        }
        out.append('}');
        budget.leave();
    }

    private void quote(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (isPrintable(c)) {
                out.appendCodePoint(c);
            } else {
                budget.chars(10);
                out.append(
                        c < 0x100
                                ? "\\x%02x".formatted(c)
                                : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
            }
        });
        out.append(quote);
    }

    /** {@code str.isprintable} of one character. */
    static boolean isPrintable(int codePoint) {
        return codePoint == ' '
                || switch (Character.getType(codePoint)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SPACE_SEPARATOR -> false;
                    default -> true;
                };
    }
}

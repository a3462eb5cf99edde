package io.github.ift4j.jlama.text.jinja;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Python's {@code "…%s…" % values}. */
final class PercentFormat {
    private static final int MAX_WIDTH = 1 << 20;

    private final Budget budget;
    private final Printer printer;

    PercentFormat(Budget budget, Printer printer) {
        this.budget = budget;
        this.printer = printer;
    }

    /** Formats one value, the values of a tuple, or those that a dict names. */
    String format(String format, Object values) {
        return new Run(format, values).text();
    }

    private final class Run {
        private final String format;
        private final Object values;
        private final List<?> items;
        private final StringBuilder out = new StringBuilder();
        private int position;
        private int used;

        Run(String format, Object values) {
            this.format = format;
            this.values = values;
            this.items = values instanceof Tuple tuple ? tuple.items() : Collections.singletonList(values);
        }

        String text() {
            while (position < format.length()) {
                int percent = format.indexOf('%', position);
                int end = percent < 0 ? format.length() : percent;
                budget.chars(end - position);
                out.append(format, position, end);
                position = end;
                if (percent >= 0) {
                    position++;
                    conversion();
                }
            }
            if (used < items.size()
                    && !(values instanceof Map || values instanceof List || values instanceof Undefined)) {
                throw new TemplateException("not all values are used by the format string");
            }
            return out.toString();
        }

        private void conversion() {
            String key = null;
            if (peek() == '(') {
                int end = format.indexOf(')', position);
                if (end < 0) {
                    throw new TemplateException("a key in a format string never ends");
                }
                key = format.substring(position + 1, end);
                position = end + 1;
            }
            String flags = "";
            while ("#0- +".indexOf(peek()) >= 0 && peek() != 0) {
                char flag = next();
                flags = flags.indexOf(flag) < 0 ? flags + flag : flags;
            }
            int width = number();
            int precision = -1;
            if (peek() == '.') {
                next();
                precision = Math.max(0, number());
            }
            while (peek() == 'l' || peek() == 'h' || peek() == 'L') {
                next();
            }
            char type = next();
            if (type == '%') {
                out.append('%');
                return;
            }
            Object value = key == null ? nextValue() : named(key);
            boolean text = type == 's' || type == 'r' || type == 'a';
            boolean left = flags.indexOf('-') >= 0;
            boolean zero = !left && !text && flags.indexOf('0') >= 0;
            FormatSpec spec = new FormatSpec(
                    zero ? "0" : " ",
                    left ? '<' : zero ? '=' : '>',
                    flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : 0,
                    flags.indexOf('#') >= 0,
                    Math.max(0, width),
                    (char) 0,
                    precision,
                    text ? 's' : type);
            out.append(spec.format(prepared(value, type), budget, printer));
        }

        private Object prepared(Object value, char type) {
            return switch (type) {
                case 'r', 'a' -> printer.repr(value);
                case 'd', 'i', 'u' -> value instanceof Double d ? (Object) d.longValue() : value;
                default -> value;
            };
        }

        private Object nextValue() {
            if (used >= items.size()) {
                throw new TemplateException("not enough values for the format string");
            }
            return items.get(used++);
        }

        private Object named(String key) {
            if (values instanceof Map<?, ?> map && map.containsKey(key)) {
                return map.get(key);
            }
            throw new TemplateException("the format string wants '%s', which was not given".formatted(key));
        }

        private int number() {
            if (peek() == '*') {
                next();
                return Math.clamp(Values.integer(nextValue()).orElse(0), -1, MAX_WIDTH);
            }
            int number = -1;
            while (Character.isDigit(peek())) {
                number = Math.min(MAX_WIDTH, 10 * Math.max(0, number) + Character.digit(next(), 10));
            }
            return number;
        }

        private char peek() {
            return position < format.length() ? format.charAt(position) : 0;
        }

        private char next() {
            if (position >= format.length()) {
                throw new TemplateException("the format string ends within a conversion");
            }
            return format.charAt(position++);
        }
    }
}

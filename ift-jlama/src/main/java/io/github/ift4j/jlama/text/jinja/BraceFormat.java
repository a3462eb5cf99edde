package io.github.ift4j.jlama.text.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's {@code "{} {name[0].field!r:>8}".format(…)}. */
final class BraceFormat {
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_NESTING = 2;

    private final Budget budget;
    private final Printer printer;
    private final Attributes attributes;

    BraceFormat(Budget budget, Attributes attributes) {
        this.budget = budget;
        this.printer = new Printer(budget);
        this.attributes = attributes;
    }

    String format(String format, Arguments arguments) {
        return new Run(arguments).text(format, 0);
    }

    String formatMap(String format, Arguments arguments) {
        if (!(arguments.bind("format_map", "mapping").required(0) instanceof Map<?, ?> map)) {
            throw new TemplateException("format_map takes a mapping");
        }
        Map<String, Object> keywords = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            if (key instanceof String name) {
                keywords.put(name, value);
            }
        });
        return format(format, new Arguments(List.of(), keywords));
    }

    private final class Run {
        private final Arguments arguments;
        private int automatic;

        Run(Arguments arguments) {
            this.arguments = arguments;
        }

        String text(String format, int nesting) {
            if (nesting >= MAX_NESTING) {
                throw new TemplateException("fields nest too deep in a format string");
            }
            StringBuilder out = new StringBuilder();
            int i = 0;
            while (i < format.length()) {
                budget.step();
                char c = format.charAt(i);
                boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
                if ((c == '{' || c == '}') && doubled) {
                    out.append(c);
                    i += 2;
                } else if (c == '{') {
                    int end = closing(format, i);
                    String field = field(format.substring(i + 1, end), nesting);
                    out.append(field);
                    i = end + 1;
                } else if (c == '}') {
                    throw new TemplateException("a single '}' in a format string");
                } else {
                    budget.chars(1);
                    out.append(c);
                    i++;
                }
            }
            return out.toString();
        }

        private int closing(String format, int open) {
            int depth = 0;
            for (int i = open; i < format.length(); i++) {
                depth += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
                if (depth == 0) {
                    return i;
                }
            }
            throw new TemplateException("a '{' in a format string never ends");
        }

        private String field(String field, int nesting) {
            int bracket = field.lastIndexOf(']');
            int colon = field.indexOf(':', Math.max(0, field.indexOf('[') < 0 ? 0 : bracket));
            String head = colon < 0 ? field : field.substring(0, colon);
            String spec = colon < 0 ? "" : field.substring(colon + 1);
            int exclamation = head.lastIndexOf('!');
            String conversion = exclamation < 0 ? "" : head.substring(exclamation + 1);
            Object value = value(exclamation < 0 ? head : head.substring(0, exclamation));
            Object converted = switch (conversion) {
                case "" -> value;
                case "s" -> printer.str(value);
                case "r", "a" -> printer.repr(value);
                default -> throw new TemplateException("unknown conversion '!%s'".formatted(conversion));
            };
            String resolved = spec.indexOf('{') < 0 ? spec : text(spec, nesting + 1);
            Object laidOut =
                    converted instanceof Boolean bool && !resolved.isEmpty() ? (Object) (bool ? 1L : 0L) : converted;
            return parse(resolved).format(laidOut, budget, printer);
        }

        private Object value(String path) {
            int end = 0;
            while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                end++;
            }
            Object value = first(path.substring(0, end));
            int i = end;
            while (i < path.length()) {
                if (path.charAt(i) == '[') {
                    int close = path.indexOf(']', i);
                    if (close < 0) {
                        throw new TemplateException("a '[' in a format string never ends");
                    }
                    String key = path.substring(i + 1, close);
                    value = attributes.item(value, isNumber(key) ? (Object) Long.valueOf(key) : key);
                    i = close + 1;
                } else {
                    int next = i + 1;
                    while (next < path.length() && path.charAt(next) != '.' && path.charAt(next) != '[') {
                        next++;
                    }
                    value = attributes.attribute(value, path.substring(Math.min(i + 1, next), next));
                    i = next;
                }
            }
            return value;
        }

        private Object first(String name) {
            if (name.isEmpty() || isNumber(name)) {
                int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
                if (index >= arguments.positional().size()) {
                    throw new TemplateException("the format string wants more values than were given");
                }
                return arguments.positional().get(index);
            }
            if (!arguments.keywords().containsKey(name)) {
                throw new TemplateException("the format string wants '%s', which was not given".formatted(name));
            }
            return arguments.keywords().get(name);
        }

        private boolean isNumber(String text) {
            return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        }
    }

    private static FormatSpec parse(String spec) {
        int i = 0;
        String fill = " ";
        char align = 0;
        int first = spec.isEmpty() ? 0 : Character.charCount(spec.codePointAt(0));
        if (first > 0 && first < spec.length() && "<>^=".indexOf(spec.charAt(first)) >= 0) {
            fill = spec.substring(0, first);
            align = spec.charAt(first);
            i = first + 1;
        } else if (!spec.isEmpty() && "<>^=".indexOf(spec.charAt(0)) >= 0) {
            align = spec.charAt(0);
            i = 1;
        }
        char sign = i < spec.length() && "+- ".indexOf(spec.charAt(i)) >= 0 ? spec.charAt(i++) : 0;
        boolean alternate = i < spec.length() && spec.charAt(i) == '#';
        i += alternate ? 1 : 0;
        if (i < spec.length() && spec.charAt(i) == '0') {
            fill = align == 0 ? "0" : fill;
            align = align == 0 ? '=' : align;
        }
        int widthEnd = digits(spec, i);
        int width = number(spec.substring(i, widthEnd));
        i = widthEnd;
        char grouping = i < spec.length() && ",_".indexOf(spec.charAt(i)) >= 0 ? spec.charAt(i++) : 0;
        int precision = -1;
        if (i < spec.length() && spec.charAt(i) == '.') {
            int end = digits(spec, i + 1);
            precision = number(spec.substring(i + 1, end));
            i = end;
        }
        if (spec.length() - i > 1) {
            throw new TemplateException("the format '%s' is not understood".formatted(spec));
        }
        char type = i < spec.length() ? spec.charAt(i) : 0;
        return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
    }

    private static int digits(String spec, int from) {
        int i = from;
        while (i < spec.length() && spec.charAt(i) >= '0' && spec.charAt(i) <= '9') {
            i++;
        }
        return i;
    }

    private static int number(String digits) {
        return digits.isEmpty() ? 0 : digits.length() > 7 ? MAX_WIDTH : Math.min(MAX_WIDTH, Integer.parseInt(digits));
    }
}

package io.github.ift4j.jlama.text.jinja;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Filters that make text of text. */
final class TextFilters {
    private final Budget budget;
    private final Printer printer;
    private final Attributes attributes;
    private final StringMethods methods;

    TextFilters(Budget budget, Attributes attributes) {
        this.budget = budget;
        this.printer = new Printer(budget);
        this.attributes = attributes;
        this.methods = attributes.stringMethods();
    }

    Map<String, Filter> byName() {
        return Map.ofEntries(
                Map.entry("string", (value, arguments) -> text("string", value, arguments)),
                Map.entry("safe", (value, arguments) -> text("safe", value, arguments)),
                Map.entry("upper", (value, arguments) -> Strings.upper(text("upper", value, arguments))),
                Map.entry("lower", (value, arguments) -> Strings.lower(text("lower", value, arguments))),
                Map.entry("capitalize", (value, arguments) -> Strings.capitalize(text("capitalize", value, arguments))),
                Map.entry("title", (value, arguments) -> title(text("title", value, arguments))),
                Map.entry("trim", this::trim),
                Map.entry("replace", this::replace),
                Map.entry("indent", this::indent),
                Map.entry("truncate", this::truncate),
                Map.entry("center", this::center),
                Map.entry("format", this::format),
                Map.entry("wordcount", (value, arguments) -> wordCount(text("wordcount", value, arguments))),
                Map.entry("urlencode", this::urlEncode),
                Map.entry("e", (value, arguments) -> escape(text("e", value, arguments))),
                Map.entry("escape", (value, arguments) -> escape(text("escape", value, arguments))),
                Map.entry("forceescape", (value, arguments) -> escape(text("forceescape", value, arguments))));
    }

    private String text(String filter, Object value, Arguments arguments) {
        arguments.bind(filter);
        return text(value);
    }

    private String text(Object value) {
        String text = printer.str(value);
        budget.chars(text.length());
        return text;
    }

    /** Jinja's own: a capital at the start and after white space and {@code - ( { [ <}. */
    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean first = true;
        for (int c : text.codePoints().toArray()) {
            String one = Character.toString(c);
            out.append(first ? Strings.upper(one) : Strings.lower(one));
            first = Whitespace.is(c) || "-({[<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    private Object trim(Object value, Arguments arguments) {
        return Strings.strip(text(value), arguments.bind("trim", "chars").text(0, null), true, true);
    }

    private Object replace(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
        return methods.replace(
                text(value), printer.str(bound.required(0)), printer.str(bound.required(1)), bound.integer(2, -1));
    }

    private Object indent(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
        Object width = bound.or(0, 4L);
        String indentation = width instanceof String text
                ? text
                : methods.pad("", Math.clamp(bound.integer(0, 4), 0, Integer.MAX_VALUE), " ", true, false);
        if (!(value instanceof String text)) {
            throw new TemplateException("indent takes a string, not '%s'".formatted(Values.typeName(value)));
        }
        methods.payForLines(text);
        List<Object> lines = Strings.lines(text + "\n", false);
        budget.chars(text.length() + (long) lines.size() * (indentation.length() + 1));
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            boolean indents = i == 0 ? bound.flag(1, false) : bound.flag(2, false) || !line.isEmpty();
            out.append(i == 0 ? "" : "\n").append(indents ? indentation : "").append(line);
        }
        return out.toString();
    }

    private Object truncate(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        String end = bound.text(2, "...");
        long length = bound.integer(0, 255);
        if (length < Values.length(end)) {
            throw new TemplateException("truncate: 'length' must be at least that of 'end'");
        }
        if (Values.length(value) <= length + bound.integer(3, 5)) {
            return value;
        }
        if (!(value instanceof String text)) {
            throw new TemplateException("truncate takes a string, not '%s'".formatted(Values.typeName(value)));
        }
        String cut = text.substring(0, text.offsetByCodePoints(0, (int) (length - Values.length(end))));
        int space = bound.flag(1, false) ? -1 : cut.lastIndexOf(' ');
        return (space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private Object center(Object value, Arguments arguments) {
        return methods.pad(text(value), arguments.bind("center", "width").integer(0, 80), " ", true, true);
    }

    private Object format(Object value, Arguments arguments) {
        Object values = arguments.keywords().isEmpty() ? new Tuple(arguments.positional()) : arguments.keywords();
        return new PercentFormat(budget, printer).format(text(value), values);
    }

    private static long wordCount(String text) {
        long words = 0;
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean word = c == '_' || Character.isLetterOrDigit(c);
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return words;
    }

    private Object urlEncode(Object value, Arguments arguments) {
        arguments.bind("urlencode");
        if (value instanceof String || !Values.isIterable(value)) {
            return quoted(text(value), "/");
        }
        List<Object> pairs = value instanceof Map<?, ?> map ? attributes.entries(map) : Values.items(value, budget);
        StringBuilder out = new StringBuilder();
        for (Object pair : pairs) {
            List<Object> both = Values.items(pair, budget);
            if (both.size() != 2) {
                throw new TemplateException("urlencode takes a string, a dict or pairs");
            }
            out.append(out.isEmpty() ? "" : "&")
                    .append(quoted(text(both.get(0)), "").replace("%20", "+"))
                    .append('=')
                    .append(quoted(text(both.get(1)), "").replace("%20", "+"));
        }
        return out.toString();
    }

    private String quoted(String text, String safe) {
        StringBuilder out = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || ("_.-~" + safe).indexOf(c) >= 0)) {
                out.append(c);
            } else {
                budget.chars(3);
                out.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            }
        }
        return out.toString();
    }

    private String escape(String text) {
        long special = text.chars().filter(c -> "&<>'\"".indexOf(c) >= 0).count();
        budget.chars(4 * special);
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }
}

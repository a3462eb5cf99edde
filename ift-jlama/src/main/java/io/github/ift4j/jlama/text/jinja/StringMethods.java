package io.github.ift4j.jlama.text.jinja;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The methods of a string that a template may call. */
final class StringMethods {
    private final Budget budget;
    private final Slices slices;
    private final BraceFormat braceFormat;

    StringMethods(Budget budget, Attributes attributes) {
        this.budget = budget;
        this.slices = new Slices(budget);
        this.braceFormat = new BraceFormat(budget, attributes);
    }

    /** The method of this name bound to the text, null when there is none. */
    Callable find(String text, String name) {
        Callable method = switch (name) {
            case "upper" -> args -> Strings.upper(none(name, args, text));
            case "lower", "casefold" -> args -> Strings.lower(none(name, args, text));
            case "capitalize" -> args -> Strings.capitalize(none(name, args, text));
            case "title" -> args -> Strings.title(none(name, args, text));
            case "swapcase" -> args -> Strings.swapCase(none(name, args, text));
            case "strip" -> args -> strip(name, text, args, true, true);
            case "lstrip" -> args -> strip(name, text, args, true, false);
            case "rstrip" -> args -> strip(name, text, args, false, true);
            case "split" -> args -> split(text, args);
            case "rsplit" -> args -> splitFromRight(text, args);
            case "splitlines" ->
                args -> {
                    payForLines(text);
                    return Strings.lines(text, args.bind(name, "keepends").flag(0, false));
                };
            case "join" -> args -> join(text, args);
            case "replace" -> args -> replace(text, args);
            case "startswith" -> args -> affix(name, text, args, true);
            case "endswith" -> args -> affix(name, text, args, false);
            case "removeprefix" ->
                args -> removePrefix(text, args.bind(name, "prefix").text(0));
            case "removesuffix" ->
                args -> removeSuffix(text, args.bind(name, "suffix").text(0));
            case "find" -> args -> find(name, text, args, false, false);
            case "rfind" -> args -> find(name, text, args, true, false);
            case "index" -> args -> find(name, text, args, false, true);
            case "rindex" -> args -> find(name, text, args, true, true);
            case "count" -> args -> count(text, args);
            case "partition" -> args -> partition(text, args, false);
            case "rpartition" -> args -> partition(text, args, true);
            case "center" -> args -> pad(name, text, args, true, true);
            case "ljust" -> args -> pad(name, text, args, false, true);
            case "rjust" -> args -> pad(name, text, args, true, false);
            case "zfill" -> args -> zeroFill(text, args.bind(name, "width").integer(0));
            case "expandtabs" ->
                args -> expandTabs(text, args.bind(name, "tabsize").integer(0, 8));
            case "format" -> args -> braceFormat.format(text, args);
            case "format_map" -> args -> braceFormat.formatMap(text, args);
            default -> null;
        };
        return method != null ? method : question(text, name);
    }

    private Callable question(String text, String name) {
        return switch (name) {
            case "isalpha" -> args -> all(none(name, args, text), Character::isLetter);
            case "isdigit" -> args -> all(none(name, args, text), StringMethods::isDigit);
            case "isdecimal" -> args -> all(none(name, args, text), Character::isDigit);
            case "isnumeric" -> args -> all(none(name, args, text), StringMethods::isNumeric);
            case "isalnum" -> args -> all(none(name, args, text), c -> Character.isLetter(c) || isNumeric(c));
            case "isspace" -> args -> all(none(name, args, text), Whitespace::is);
            case "isascii" -> args -> none(name, args, text).chars().allMatch(c -> c < 0x80);
            case "isprintable" -> args -> none(name, args, text).codePoints().allMatch(Printer::isPrintable);
            case "isupper" -> args -> isUpper(none(name, args, text));
            case "islower" -> args -> isLower(none(name, args, text));
            case "istitle" ->
                args -> text.codePoints().anyMatch(Strings::isCased)
                        && Strings.title(text).equals(none(name, args, text));
            case "isidentifier" -> args -> isIdentifier(none(name, args, text));
            default -> null;
        };
    }

    static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase)
                && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    static boolean isLower(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase)
                && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty()
                && (text.charAt(0) == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(0)))
                && text.codePoints().allMatch(c -> c == '_' || Character.isUnicodeIdentifierPart(c));
    }

    private static boolean isDigit(int c) {
        return Character.isDigit(c) || "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉".indexOf(c) >= 0;
    }

    private static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return Character.isDigit(c) || type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
    }

    private static boolean all(String text, IntPredicate question) {
        return !text.isEmpty() && text.codePoints().allMatch(question);
    }

    /** The text, once it is clear that no arguments were given. */
    private String none(String name, Arguments arguments, String text) {
        arguments.bind(name);
        budget.chars(text.length());
        return text;
    }

    private String strip(String name, String text, Arguments arguments, boolean left, boolean right) {
        budget.chars(text.length());
        return Strings.strip(text, arguments.bind(name, "chars").text(0, null), left, right);
    }

    private List<Object> split(String text, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("split", "sep", "maxsplit");
        String separator = separator(text, bound);
        long limit = bound.integer(1, -1);
        return separator == null ? Strings.splitAtSpace(text, limit) : Strings.split(text, separator, limit);
    }

    private List<Object> splitFromRight(String text, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("rsplit", "sep", "maxsplit");
        String separator = separator(text, bound);
        long limit = bound.integer(1, -1);
        return separator == null
                ? Strings.splitAtSpaceFromRight(text, limit)
                : Strings.splitFromRight(text, separator, limit);
    }

    private String separator(String text, Arguments.Bound bound) {
        String separator = bound.text(0, null);
        budget.chars(text.length());
        if (separator == null) {
            budget.steps(1 + words(text));
        } else {
            failIfEmpty(separator);
            budget.search(text, separator);
            budget.steps(1 + Strings.count(text, separator));
        }
        return separator;
    }

    /** How many words {@code split()} makes. */
    private static long words(String text) {
        return IntStream.range(0, text.length())
                .filter(i -> !Whitespace.is(text.charAt(i)) && (i == 0 || Whitespace.is(text.charAt(i - 1))))
                .count();
    }

    /** Pays for the lines of a text before they are made. */
    void payForLines(String text) {
        budget.chars(text.length());
        budget.steps(1 + text.chars().filter(Strings::isLineEnd).count());
    }

    private String join(String text, Arguments arguments) {
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (Object item : Values.items(arguments.bind("join", "iterable").required(0), budget)) {
            if (!(item instanceof String part)) {
                throw new TemplateException("join takes strings, not '%s'".formatted(Values.typeName(item)));
            }
            budget.chars((long) part.length() + text.length());
            out.append(first ? "" : text).append(part);
            first = false;
        }
        return out.toString();
    }

    private String replace(String text, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
        return replace(text, bound.text(0), bound.text(1), bound.integer(2, -1));
    }

    /** {@code text.replace(old, with, limit)}, paid for before it is done. */
    String replace(String text, String old, String with, long limit) {
        budget.search(text, old);
        long most = old.isEmpty() ? text.length() + 1L : Strings.count(text, old);
        long growth = Math.max(0, (long) with.length() - old.length());
        budget.chars(text.length() + growth * (limit < 0 ? most : Math.min(most, limit)));
        return Strings.replace(text, old, with, limit);
    }

    private boolean affix(String name, String text, Arguments arguments, boolean start) {
        Arguments.Bound bound = arguments.bind(name, "prefix", "start", "end");
        String part = (String) slices.slice(text, bound.or(1, null), bound.or(2, null), null);
        Object affixes = bound.required(0);
        List<?> all = affixes instanceof Tuple tuple ? tuple.items() : List.of(bound.text(0));
        budget.steps(all.size());
        for (Object each : all) {
            if (!(each instanceof String affix)) {
                throw new TemplateException("%s takes strings, not '%s'".formatted(name, Values.typeName(each)));
            }
            if (start ? part.startsWith(affix) : part.endsWith(affix)) {
                return true;
            }
        }
        return false;
    }

    private String removePrefix(String text, String prefix) {
        budget.chars(text.length());
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    private String removeSuffix(String text, String suffix) {
        budget.chars(text.length());
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }

    private long find(String name, String text, Arguments arguments, boolean last, boolean mustBe) {
        Arguments.Bound bound = arguments.bind(name, "sub", "start", "end");
        String part = bound.text(0);
        budget.search(text, part);
        long length = Values.length(text);
        long start = clampedIndex(bound.integer(1, 0), length);
        String within = (String) slices.slice(text, bound.or(1, null), bound.or(2, null), null);
        int at = last ? within.lastIndexOf(part) : within.indexOf(part);
        if (at < 0 && mustBe) {
            throw new TemplateException("%s: substring not found".formatted(name));
        }
        return at < 0 ? -1 : start + within.codePointCount(0, at);
    }

    private static long clampedIndex(long index, long length) {
        return Math.clamp(index < 0 ? index + length : index, 0, length);
    }

    private long count(String text, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("count", "sub", "start", "end");
        budget.search(text, bound.text(0));
        return Strings.count((String) slices.slice(text, bound.or(1, null), bound.or(2, null), null), bound.text(0));
    }

    private Tuple partition(String text, Arguments arguments, boolean last) {
        String separator = arguments.bind("partition", "sep").text(0);
        failIfEmpty(separator);
        budget.search(text, separator);
        budget.chars(text.length());
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static void failIfEmpty(String separator) {
        if (separator.isEmpty()) {
            throw new TemplateException("an empty separator splits nothing");
        }
    }

    private String pad(String name, String text, Arguments arguments, boolean left, boolean right) {
        Arguments.Bound bound = arguments.bind(name, "width", "fillchar");
        return pad(text, bound.integer(0), bound.text(1, " "), left, right);
    }

    /** Fills up to {@code width} characters on one side or both. */
    String pad(String text, long width, String fill, boolean left, boolean right) {
        if (Values.length(fill) != 1) {
            throw new TemplateException("the fill character must be one character");
        }
        long missing = Math.max(0, width - Values.length(text));
        budget.chars(text.length());
        budget.chars(Budget.product(fill.length(), missing));
        long before = !left ? 0 : !right ? missing : missing / 2 + (missing & width & 1);
        return fill.repeat((int) before) + text + fill.repeat((int) (missing - before));
    }

    private String zeroFill(String text, long width) {
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String digits = signed ? text.substring(1) : text;
        return (signed ? text.substring(0, 1) : "") + pad(digits, width - (signed ? 1 : 0), "0", true, false);
    }

    private String expandTabs(String text, long tab) {
        budget.chars(text.length());
        StringBuilder out = new StringBuilder();
        long column = 0;
        for (int c : text.codePoints().toArray()) {
            long spaces = c == '\t' && tab > 0 ? tab - column % tab : 0;
            budget.chars(spaces);
            if (c == '\t') {
                out.repeat(' ', (int) spaces);
                column += spaces;
            } else {
                out.appendCodePoint(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return out.toString();
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads a regular expression: literals, {@code .}, classes, {@code \d \w \s} and their complements, escapes, groups, alternatives,
 * {@code ? * + {m,n}} greedy or lazy, {@code ^} and {@code $}. What ECMAScript and Java understand differently is read as the set that
 * both accept.
 *
 * <p>Look-around, back-references, word boundaries, Unicode properties, possessive quantifiers and flags are refused.
 */
final class PatternParser {
    private static final int MOST_CHARS = 20_000;
    private static final int DEEPEST = 200;
    private static final int MOST_TIMES = 10_000;

    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORD =
            DIGITS.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of('_'));
    private static final CodePoints SPACE = CodePoints.anyOf("\t\n\u000B\f\r ");
    /** All that either language takes for a space, so that a complement holds none of them. */
    private static final CodePoints ANY_SPACE = SPACE.or(
                    CodePoints.anyOf("\u0085\u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF"))
            .or(CodePoints.of(0x2000, 0x200A));

    private static final CodePoints NOT_LINE_END =
            CodePoints.anyOf("\n\r\u0085\u2028\u2029").not();

    private final String regex;
    private int at;
    private int depth;

    private PatternParser(String regex) {
        this.regex = regex;
    }

    /** @throws IllegalArgumentException when the expression is broken or uses what is not supported; the message says where */
    static Pattern parse(String regex) {
        if (regex.length() > MOST_CHARS) {
            throw new IllegalArgumentException(
                    "a regex of " + regex.length() + " chars is too long; at most " + MOST_CHARS + " are possible");
        }
        PatternParser parser = new PatternParser(regex);
        Pattern pattern = parser.alternatives();
        if (parser.at < regex.length()) {
            throw parser.error("a ')' without '('");
        }
        return pattern;
    }

    private Pattern alternatives() {
        if (++depth > DEEPEST) {
            throw error("groups are nested more than " + DEEPEST + " deep");
        }
        List<Pattern> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence());
        } while (skip('|'));
        depth--;
        return alternatives.size() == 1 ? alternatives.getFirst() : new Pattern.Any(alternatives);
    }

    private Pattern sequence() {
        List<Pattern> parts = new ArrayList<>();
        while (at < regex.length() && regex.charAt(at) != '|' && regex.charAt(at) != ')') {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Pattern.All(parts);
    }

    private Pattern atom() {
        int c = next();
        return switch (c) {
            case '(' -> group();
            case '[' -> new Pattern.OneOf(characterClass());
            case '.' -> new Pattern.OneOf(NOT_LINE_END);
            case '^' -> new Pattern.Start();
            case '$' -> new Pattern.End();
            case '\\' -> new Pattern.OneOf(escape(false));
            case '*', '+', '?' -> throw errorBefore("nothing to repeat");
            case '{' -> throw errorBefore("a '{' that repeats nothing; write \\{ for the char");
            default -> new Pattern.OneOf(CodePoints.of(c));
        };
    }

    private Pattern group() {
        if (skip('?')) {
            if (skip('<')) {
                if (peek('=') || peek('!')) {
                    throw error("look-behind is not supported");
                }
                int end = regex.indexOf('>', at);
                if (end < 0) {
                    throw error("a group's name does not end");
                }
                at = end + 1;
            } else if (peek('=') || peek('!')) {
                throw error("look-ahead is not supported");
            } else if (!skip(':')) {
                throw error("flags and special groups are not supported");
            }
        }
        Pattern inner = alternatives();
        if (!skip(')')) {
            throw error("a '(' without ')'");
        }
        return inner;
    }

    private Pattern quantified(Pattern atom) {
        Pattern pattern = atom;
        boolean repeated = false;
        while (at < regex.length() && "?*+{".indexOf(regex.charAt(at)) >= 0) {
            if (repeated) {
                throw error("possessive and doubled quantifiers are not supported");
            }
            if (atom instanceof Pattern.Start || atom instanceof Pattern.End) {
                throw error("an anchor cannot be repeated");
            }
            pattern = switch (next()) {
                case '?' -> new Pattern.Times(atom, 0, 1);
                case '*' -> new Pattern.Times(atom, 0, Pattern.UNBOUNDED);
                case '+' -> new Pattern.Times(atom, 1, Pattern.UNBOUNDED);
                default -> counted(atom);
            };
            // Whether it takes as much as it can changes where a match ends, not which texts match.
            skip('?');
            repeated = true;
        }
        return pattern;
    }

    private Pattern counted(Pattern atom) {
        int least = number();
        int most = least;
        if (skip(',')) {
            most = peek('}') ? Pattern.UNBOUNDED : number();
        }
        if (!skip('}')) {
            throw error("a '{' must be followed by {n}, {n,} or {n,m}");
        }
        if (most < least) {
            throw error("{" + least + "," + most + "} ends before it begins");
        }
        return new Pattern.Times(atom, least, most);
    }

    private int number() {
        int start = at;
        while (at < regex.length() && regex.charAt(at) >= '0' && regex.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw error("a number of repetitions is missing");
        }
        int value = at - start > 6 ? Integer.MAX_VALUE : Integer.parseInt(regex.substring(start, at));
        if (value > MOST_TIMES) {
            throw error("more than " + MOST_TIMES + " repetitions are not supported");
        }
        return value;
    }

    private CodePoints characterClass() {
        boolean complement = skip('^');
        CodePoints set = new CodePoints(List.of());
        while (!peek(']')) {
            if (at >= regex.length()) {
                throw error("a '[' without ']'");
            }
            if (peek('[') || regex.startsWith("&&", at)) {
                throw error("classes within classes are not supported; escape '[' and '&'");
            }
            CodePoints first = classMember(complement);
            if (peek('-') && at + 1 < regex.length() && regex.charAt(at + 1) != ']') {
                at++;
                set = set.or(range(first, classMember(complement)));
            } else {
                set = set.or(first);
            }
        }
        at++;
        set = complement ? set.not() : set;
        if (set.isEmpty()) {
            throw errorBefore("a class without members");
        }
        return set;
    }

    private CodePoints classMember(boolean complement) {
        int c = next();
        if (c != '\\') {
            return CodePoints.of(c);
        }
        return skip('b') ? CodePoints.of('\b') : escape(complement);
    }

    private CodePoints range(CodePoints first, CodePoints last) {
        if (!isSingle(first) || !isSingle(last)) {
            throw errorBefore("a range needs a single char at each end");
        }
        int low = first.ranges().getFirst().first();
        int high = last.ranges().getFirst().first();
        if (high < low) {
            throw errorBefore("a range that ends before it begins");
        }
        return CodePoints.of(low, high);
    }

    private static boolean isSingle(CodePoints set) {
        return set.ranges().size() == 1
                && set.ranges().getFirst().first() == set.ranges().getFirst().last();
    }

    /** @param complement whether what is not in the set is meant, so that the set has to hold all that either language takes for it */
    private CodePoints escape(boolean complement) {
        int c = next();
        return switch (c) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.not();
            case 'w' -> WORD;
            case 'W' -> WORD.not();
            case 's' -> complement ? ANY_SPACE : SPACE;
            case 'S' -> (complement ? SPACE : ANY_SPACE).not();
            case 'n' -> CodePoints.of('\n');
            case 'r' -> CodePoints.of('\r');
            case 't' -> CodePoints.of('\t');
            case 'f' -> CodePoints.of('\f');
            case 'v' -> CodePoints.of(0x0B);
            case 'x' -> hexadecimal(2);
            case 'u' -> hexadecimal(4);
            default -> {
                if (c < 0x80 && Character.isLetterOrDigit(c)) {
                    throw errorBefore("\\" + (char) c + " is not supported");
                }
                yield CodePoints.of(c);
            }
        };
    }

    private CodePoints hexadecimal(int digits) {
        String text = regex.substring(at, Math.min(regex.length(), at + digits));
        if (!text.matches("[0-9A-Fa-f]{" + digits + "}")) {
            throw error(digits + " hexadecimal digits are missing");
        }
        at += digits;
        int value = Integer.parseInt(text, 16);
        if (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
            throw errorBefore("a half of a surrogate pair is no char of its own");
        }
        return CodePoints.of(value);
    }

    private int next() {
        if (at >= regex.length()) {
            throw error("it ends too early");
        }
        int c = regex.codePointAt(at);
        at += Character.charCount(c);
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            throw errorBefore("a half of a surrogate pair is no char of its own");
        }
        return c;
    }

    private boolean peek(char c) {
        return at < regex.length() && regex.charAt(at) == c;
    }

    private boolean skip(char c) {
        boolean found = peek(c);
        at += found ? 1 : 0;
        return found;
    }

    private IllegalArgumentException errorBefore(String what) {
        at = Math.max(0, at - 1);
        return error(what);
    }

    private IllegalArgumentException error(String what) {
        String shown = regex.length() <= 80 ? regex : regex.substring(0, 80) + "…";
        return new IllegalArgumentException("regex '" + shown + "', char " + (at + 1) + ": " + what);
    }
}

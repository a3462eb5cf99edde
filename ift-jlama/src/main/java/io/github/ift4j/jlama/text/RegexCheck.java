package io.github.ift4j.jlama.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells the regular expressions that are safe to run on any text from those that may take exponential or high polynomial time.
 *
 * <p>The regex engine of the tokenizers library gives up after ten million backtracking steps, and giving up ends the process.
 * So an expression of a foreign file is refused unless each alternative is of a form that backtracks little: at most two parts
 * that repeat without bound, the second of them followed by nothing that can fail, no repetition of what repeats or
 * branches by itself other than at the end, and few ways to match what is bounded and followed by something that can fail. All
 * pre-tokenizers of models in use are of this form.
 */
final class RegexCheck {
    private static final int MAX_LENGTH = 4096;
    private static final int MAX_DEPTH = 20;
    private static final int MAX_REPEAT = 1000;
    /** Repetitions up to this many count as bounded. */
    private static final int FEW = 8;

    /** Ways to match a bounded piece, all of which are tried where what follows fails. */
    private static final double MAX_WAYS = 100;

    /** How a class of POSIX begins inside another; any other bracket there begins a class of its own. */
    private static final Pattern POSIX_CLASS = Pattern.compile(
            ":\\^?(alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):]");

    private static final String ALLOWED_ESCAPES = "pPsSdDwWhHnrtfvaebBAzZxu";

    private final String regex;
    private int position;
    private int depth;

    private RegexCheck(String regex) {
        this.regex = regex;
    }

    /**
     * What a piece of an expression may do.
     *
     * @param loops parts that repeat without bound, in the worst alternative
     * @param simple whether it is one character after another, nothing repeated and no alternatives
     * @param optional whether it may match nothing, so that it cannot fail
     * @param empty whether it may match without taking a character
     * @param wild whether it repeats what repeats or branches
     * @param ways how many ways there are at most to match it from one place, those of unbounded repetitions counted as one
     */
    private record Piece(int loops, boolean simple, boolean optional, boolean empty, boolean wild, double ways) {
        static final Piece CHARACTER = new Piece(0, true, false, false, false, 1);
        static final Piece ASSERTION = new Piece(0, false, false, true, false, 1);
        static final Piece NOTHING = new Piece(0, false, true, true, false, 1);
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String reason) {
            super(reason, null, false, false);
        }
    }

    /** Why the expression is refused, null when it is safe. */
    static String problem(String regex) {
        if (regex.length() > MAX_LENGTH) {
            return "longer than %d chars".formatted(MAX_LENGTH);
        }
        RegexCheck check = new RegexCheck(regex);
        try {
            Piece all = check.alternatives();
            if (check.position < regex.length()) {
                return "has a ')' too many";
            }
            // The library's bookkeeping of offsets fails on matches of no characters.
            return all.empty ? "may match nothing" : null;
        } catch (Refused e) {
            return e.getMessage();
        } catch (StringIndexOutOfBoundsException e) {
            return "ends too early";
        }
    }

    private Piece alternatives() {
        if (++depth > MAX_DEPTH) {
            throw new Refused("nests too deep");
        }
        Piece all = alternative();
        while (at('|')) {
            position++;
            Piece next = alternative();
            all = new Piece(
                    Math.max(all.loops, next.loops),
                    false,
                    all.optional || next.optional,
                    all.empty || next.empty,
                    all.wild || next.wild,
                    all.ways + next.ways);
        }
        depth--;
        return all;
    }

    private Piece alternative() {
        int loops = 0;
        boolean simple = true;
        boolean optional = true;
        boolean wild = false;
        boolean empty = true;
        double ways = 1;
        int start = position;
        while (position < regex.length() && !at('|') && !at(')')) {
            Piece piece = quantified(atom());
            if (wild || (loops >= 2 && !piece.optional) || (ways > MAX_WAYS && !piece.optional)) {
                throw new Refused("may backtrack too much");
            }
            loops += piece.loops;
            simple &= piece.simple;
            optional &= piece.optional;
            wild |= piece.wild;
            empty &= piece.empty;
            ways *= piece.ways;
            if (loops > 2) {
                throw new Refused("has more than two unbounded repetitions in a row");
            }
        }
        return position == start ? Piece.NOTHING : new Piece(loops, simple, optional, empty, wild, ways);
    }

    private Piece atom() {
        char c = regex.charAt(position++);
        return switch (c) {
            case '(' -> group();
            case '[' -> {
                characterClass();
                yield Piece.CHARACTER;
            }
            case '\\' -> escape();
            case '^', '$' -> Piece.ASSERTION;
            case '*', '+', '?' -> throw new Refused("has a quantifier with nothing before it");
            default -> Piece.CHARACTER;
        };
    }

    private Piece group() {
        boolean look = false;
        if (at('?')) {
            position++;
            char kind = regex.charAt(position++);
            switch (kind) {
                case ':' -> {}
                case '=', '!' -> look = true;
                case '<' -> {
                    char next = regex.charAt(position++);
                    if (next != '=' && next != '!') {
                        throw new Refused("names a group");
                    }
                    look = true;
                }
                // Not x, which would make white space mean nothing.
                case 'i', 'm', '-' -> {
                    while ("im-".indexOf(regex.charAt(position)) >= 0) {
                        position++;
                    }
                    char end = regex.charAt(position++);
                    if (end == ')') {
                        return Piece.NOTHING;
                    }
                    if (end != ':') {
                        throw new Refused("has an unknown group option");
                    }
                }
                default -> throw new Refused("has a group of an unknown kind");
            }
        }
        Piece inside = alternatives();
        if (regex.charAt(position++) != ')') {
            throw new Refused("has a '(' too many");
        }
        if (look) {
            if (inside.loops > 0 || inside.wild) {
                throw new Refused("looks around without bound");
            }
            return Piece.ASSERTION;
        }
        return inside;
    }

    private void characterClass() {
        if (++depth > MAX_DEPTH) {
            throw new Refused("nests too deep");
        }
        if (at('^')) {
            position++;
        }
        boolean first = true;
        while (first || !at(']')) {
            char c = regex.charAt(position++);
            if (c == '[') {
                if (at(':')) {
                    Matcher known = POSIX_CLASS.matcher(regex).region(position, regex.length());
                    if (!known.lookingAt()) {
                        throw new Refused("has a '[:' that begins no class of POSIX");
                    }
                    position = known.end();
                } else {
                    characterClass();
                }
            } else if (c == '\\') {
                escape();
            }
            first = false;
        }
        position++;
        depth--;
    }

    private Piece escape() {
        char c = regex.charAt(position++);
        if (Character.isLetterOrDigit(c) && ALLOWED_ESCAPES.indexOf(c) < 0) {
            throw new Refused("has the escape '\\%s'".formatted(c));
        }
        if ((c == 'p' || c == 'P' || c == 'x') && at('{')) {
            position = regex.indexOf('}', position) + 1;
            if (position == 0) {
                throw new Refused("has a '{' without '}'");
            }
        }
        return "bBAzZ".indexOf(c) >= 0 ? Piece.ASSERTION : Piece.CHARACTER;
    }

    private Piece quantified(Piece atom) {
        Piece piece = atom;
        boolean repeated = false;
        while (position < regex.length()) {
            char c = regex.charAt(position);
            int least;
            int most;
            if (c == '*' || c == '+' || c == '?') {
                position++;
                least = c == '+' ? 1 : 0;
                most = c == '?' ? 1 : Integer.MAX_VALUE;
                // '??' and '*+' make it lazy or possessive, which repeats nothing.
                if (at('?') || at('+')) {
                    position++;
                }
            } else if (c == '{' && bounds() != null) {
                int[] bounds = bounds();
                position = regex.indexOf('}', position) + 1;
                least = bounds[0];
                most = bounds[1];
                if (at('?')) {
                    position++;
                }
            } else {
                return piece;
            }
            boolean loop = most > FEW && most != least;
            boolean wild = piece.wild || (most > 1 && (repeated || !piece.simple));
            if (most != Integer.MAX_VALUE && most > MAX_REPEAT) {
                throw new Refused("repeats more than %d times".formatted(MAX_REPEAT));
            }
            if (Math.pow(piece.ways, Math.max(0, least - 1)) > MAX_WAYS) {
                // Each time that is needed may fail, and those before it are tried in all their ways.
                throw new Refused("may backtrack too much");
            }
            piece = new Piece(
                    loop ? Math.max(1, piece.loops) : piece.loops,
                    false,
                    piece.optional || least == 0,
                    piece.empty || least == 0,
                    wild,
                    ways(piece, least, most));
            repeated = true;
        }
        return piece;
    }

    /** Ways to match that piece so many times. */
    private static double ways(Piece piece, int least, int most) {
        if (most > FEW && most != least) {
            return piece.ways; // counted among the loops
        }
        double ways = 0;
        for (int times = least; times <= most; times++) {
            ways += Math.pow(piece.ways, times);
        }
        return ways;
    }

    /** The numbers of {@code {n}}, {@code {n,}}, {@code {,m}} or {@code {n,m}}; null when it is none of these. */
    private int[] bounds() {
        int end = regex.indexOf('}', position);
        if (end < 0 || end - position > 20) {
            return null;
        }
        String inside = regex.substring(position + 1, end);
        if (!inside.matches("\\d{1,9}|\\d{1,9},|,\\d{1,9}|\\d{1,9},\\d{1,9}")) {
            return null;
        }
        String[] parts = inside.split(",", -1);
        int least = parts[0].isEmpty() ? 0 : Integer.parseInt(parts[0]);
        int most = parts.length == 1 ? least : parts[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(parts[1]);
        return new int[] {least, most};
    }

    private boolean at(char c) {
        return position < regex.length() && regex.charAt(position) == c;
    }
}

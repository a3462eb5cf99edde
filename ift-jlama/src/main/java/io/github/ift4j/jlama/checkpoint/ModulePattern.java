package io.github.ift4j.jlama.checkpoint;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A regular expression of Python's {@code re} over names of modules, matched in time that grows with the length of the name
 * times that of the expression, whatever an untrusted file holds: all ways through the expression are followed at once
 * (Thompson, "Regular Expression Search Algorithm", Communications of the ACM 11(6), 1968), so none is tried twice.
 *
 * <p>Look-around, references to groups and flags have no such bound, or no use here, and are refused by name.
 */
final class ModulePattern {
    private static final int MAX_LENGTH = 4000;
    private static final int MAX_STEPS = 5_000;
    private static final int MAX_DEPTH = 100;
    private static final int MAX_COUNT = 1000;
    private static final int UNBOUNDED = -1;

    private final List<Step> steps;

    private ModulePattern(List<Step> steps) {
        this.steps = steps;
    }

    /**
     * @throws IllegalArgumentException when it is not an expression, too long, or holds what is not supported; the message
     *     says which
     */
    static ModulePattern of(String expression) {
        if (expression.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the expression is longer than " + MAX_LENGTH + " characters");
        }
        List<Step> steps = new ArrayList<>();
        new Compiler(steps).compile(new Parser(expression).parse());
        steps.add(new Step.Match());
        return new ModulePattern(steps);
    }

    /** How many steps a character takes at most. */
    int size() {
        return steps.size();
    }

    /** Whether the expression describes the whole name, as {@code re.fullmatch}. */
    boolean matches(String name) {
        return matches(name, false);
    }

    /** Whether the expression describes the whole name or what is behind one of its dots. */
    boolean matchesEnd(String name) {
        return matches(name, true);
    }

    private boolean matches(String name, boolean behindDots) {
        int[] pending = new int[2 * steps.size()];
        BitSet current = new BitSet(steps.size());
        BitSet next = new BitSet(steps.size());
        follow(0, name, 0, current, pending);
        for (int at = 0; at < name.length(); at++) {
            next.clear();
            for (int i = current.nextSetBit(0); i >= 0; i = current.nextSetBit(i + 1)) {
                if (steps.get(i) instanceof Step.Char step && step.accepts().test(name.charAt(at))) {
                    follow(i + 1, name, at + 1, next, pending);
                }
            }
            if (behindDots && name.charAt(at) == '.') {
                follow(0, name, at + 1, next, pending);
            }
            BitSet done = current;
            current = next;
            next = done;
        }
        return current.get(steps.size() - 1);
    }

    /**
     * Adds all steps that are reached from that one without reading a character.
     *
     * @param pending scratch memory, two for each step: a step is left once, and leads to two at most
     */
    private void follow(int from, String name, int at, BitSet reached, int[] pending) {
        int count = 0;
        pending[count++] = from;
        while (count > 0) {
            int i = pending[--count];
            if (reached.get(i)) {
                continue;
            }
            reached.set(i);
            switch (steps.get(i)) {
                case Step.Char _, Step.Match _ -> {}
                case Step.Jump jump -> pending[count++] = jump.to();
                case Step.Split split -> {
                    pending[count++] = split.one();
                    pending[count++] = split.other();
                }
                case Step.At place -> {
                    if (place.condition().holds(name, at)) {
                        pending[count++] = i + 1;
                    }
                }
            }
        }
    }

    /** What the matcher does at a place of the expression; it goes on at the next unless said. */
    private sealed interface Step {
        record Char(IntPredicate accepts) implements Step {}

        record At(Place condition) implements Step {}

        record Jump(int to) implements Step {}

        record Split(int one, int other) implements Step {}

        record Match() implements Step {}
    }

    /** A condition on a place between two characters. */
    private enum Place {
        START,
        END,
        WORD_BORDER,
        NO_WORD_BORDER;

        boolean holds(String name, int at) {
            boolean before = at > 0 && isWord(name.charAt(at - 1));
            boolean after = at < name.length() && isWord(name.charAt(at));
            return switch (this) {
                case START -> at == 0;
                case END -> at == name.length();
                case WORD_BORDER -> before != after;
                case NO_WORD_BORDER -> before == after;
            };
        }
    }

    private static boolean isWord(int c) {
        return c == '_' || Character.isLetterOrDigit(c);
    }

    /** The expression as a tree. */
    private sealed interface Node {
        record Char(IntPredicate accepts) implements Node {}

        record At(Place condition) implements Node {}

        record Sequence(List<Node> parts) implements Node {}

        record Choice(List<Node> ways) implements Node {}

        /** @param most {@link #UNBOUNDED} or the largest number of times */
        record Repeat(Node part, int least, int most) implements Node {}
    }

    private record Compiler(List<Step> steps) {
        void compile(Node node) {
            switch (node) {
                case Node.Char one -> add(new Step.Char(one.accepts()));
                case Node.At place -> add(new Step.At(place.condition()));
                case Node.Sequence sequence -> sequence.parts().forEach(this::compile);
                case Node.Choice choice -> choice(choice.ways());
                case Node.Repeat repeat -> repeat(repeat);
            }
        }

        private void choice(List<Node> ways) {
            List<Integer> ends = new ArrayList<>();
            for (Node way : ways.subList(0, ways.size() - 1)) {
                int split = add(null);
                compile(way);
                ends.add(add(null));
                steps.set(split, new Step.Split(split + 1, steps.size()));
            }
            compile(ways.getLast());
            ends.forEach(end -> steps.set(end, new Step.Jump(steps.size())));
        }

        private void repeat(Node.Repeat repeat) {
            for (int i = 0; i < repeat.least(); i++) {
                // A step of its own, so that repetitions of nothing are counted too.
                add(new Step.Jump(steps.size() + 1));
                compile(repeat.part());
            }
            if (repeat.most() == UNBOUNDED) {
                int split = add(null);
                compile(repeat.part());
                add(new Step.Jump(split));
                steps.set(split, new Step.Split(split + 1, steps.size()));
                return;
            }
            List<Integer> splits = new ArrayList<>();
            for (int i = repeat.least(); i < repeat.most(); i++) {
                splits.add(add(null));
                compile(repeat.part());
            }
            splits.forEach(split -> steps.set(split, new Step.Split(split + 1, steps.size())));
        }

        private int add(Step step) {
            if (steps.size() == MAX_STEPS) {
                throw new IllegalArgumentException("its repetitions take more than " + MAX_STEPS + " steps");
            }
            steps.add(step);
            return steps.size() - 1;
        }
    }

    private static final class Parser {
        private final String text;
        private int at;
        private int depth;

        Parser(String text) {
            this.text = text;
        }

        Node parse() {
            Node node = choice();
            if (at < text.length()) {
                throw error("unbalanced ')'");
            }
            return node;
        }

        private Node choice() {
            List<Node> ways = new ArrayList<>(List.of(sequence()));
            while (accept("|")) {
                ways.add(sequence());
            }
            return ways.size() == 1 ? ways.getFirst() : new Node.Choice(ways);
        }

        private Node sequence() {
            List<Node> parts = new ArrayList<>();
            while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
                parts.add(quantified(atom()));
            }
            return new Node.Sequence(parts);
        }

        private Node quantified(Node part) {
            Node.Repeat repeat = repetition(part);
            if (repeat == null) {
                return part;
            }
            // Whether as many or as few as possible are tried first makes no difference to a whole match.
            accept("?");
            if (at < text.length() && text.charAt(at) == '+') {
                throw error("possessive repetition is not supported");
            }
            if (repetition(part) != null) {
                throw error("a repetition is repeated");
            }
            return repeat;
        }

        /** The repetition of the part that is written here; null, with nothing read, if none is. */
        private Node.Repeat repetition(Node part) {
            if (accept("*")) {
                return new Node.Repeat(part, 0, UNBOUNDED);
            }
            if (accept("+")) {
                return new Node.Repeat(part, 1, UNBOUNDED);
            }
            if (accept("?")) {
                return new Node.Repeat(part, 0, 1);
            }
            int begin = at;
            if (accept("{")) {
                String least = digits();
                boolean range = accept(",");
                String most = range ? digits() : least;
                if (accept("}") && (range || !least.isEmpty())) {
                    int from = count(least, 0);
                    int to = count(most, UNBOUNDED);
                    if (to != UNBOUNDED && to < from) {
                        throw error("a repetition of at least " + from + " and at most " + to);
                    }
                    return new Node.Repeat(part, from, to);
                }
                at = begin;
            }
            return null;
        }

        private String digits() {
            int begin = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            return text.substring(begin, at);
        }

        private int count(String digits, int missing) {
            if (digits.isEmpty()) {
                return missing;
            }
            if (digits.length() > 9 || Integer.parseInt(digits) > MAX_COUNT) {
                throw error("more than " + MAX_COUNT + " repetitions");
            }
            return Integer.parseInt(digits);
        }

        private Node atom() {
            char c = text.charAt(at++);
            return switch (c) {
                case '.' -> new Node.Char(other -> other != '\n');
                case '^' -> new Node.At(Place.START);
                case '$' -> new Node.At(Place.END);
                case '(' -> group();
                case '[' -> new Node.Char(set());
                case '\\' -> escape();
                case '*', '+', '?' -> throw error("nothing to repeat");
                default -> new Node.Char(other -> other == c);
            };
        }

        private Node group() {
            if (accept("?P<")) {
                int end = text.indexOf('>', at);
                if (end < 0) {
                    throw error("a name of a group without an end");
                }
                at = end + 1;
            } else if (!accept("?:") && accept("?")) {
                throw error("'(?" + (at < text.length() ? text.charAt(at) : "") + "' is not supported");
            }
            if (++depth > MAX_DEPTH) {
                throw error("groups nested more than " + MAX_DEPTH + " deep");
            }
            Node inner = choice();
            depth--;
            if (!accept(")")) {
                throw error("a group without an end");
            }
            return inner;
        }

        private Node escape() {
            if (at == text.length()) {
                throw error("a backslash at the end");
            }
            char c = text.charAt(at);
            Place place = switch (c) {
                case 'A' -> Place.START;
                case 'Z' -> Place.END;
                case 'b' -> Place.WORD_BORDER;
                case 'B' -> Place.NO_WORD_BORDER;
                default -> null;
            };
            if (place != null) {
                at++;
                return new Node.At(place);
            }
            return new Node.Char(escapedChars());
        }

        /** What the letter behind a backslash stands for. */
        private IntPredicate escapedChars() {
            if (at == text.length()) {
                throw error("a backslash at the end");
            }
            char c = text.charAt(at++);
            return switch (c) {
                case 'd' -> Character::isDigit;
                case 'D' -> other -> !Character.isDigit(other);
                case 'w' -> ModulePattern::isWord;
                case 'W' -> other -> !isWord(other);
                case 's' -> Character::isWhitespace;
                case 'S' -> other -> !Character.isWhitespace(other);
                default -> {
                    if (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
                        throw error("'\\" + c + "' is not supported");
                    }
                    yield other -> other == c;
                }
            };
        }

        private IntPredicate set() {
            boolean negated = accept("^");
            List<IntPredicate> members = new ArrayList<>();
            while (at < text.length() && (text.charAt(at) != ']' || members.isEmpty())) {
                members.add(setMember());
            }
            if (!accept("]")) {
                throw error("a set without an end");
            }
            return c -> negated != members.stream().anyMatch(member -> member.test(c));
        }

        private IntPredicate setMember() {
            if (accept("\\")) {
                return escapedChars();
            }
            char low = text.charAt(at++);
            if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                char high = text.charAt(at + 1);
                if (high == '\\' || high < low) {
                    throw error("a range of characters without an order");
                }
                at += 2;
                return c -> c >= low && c <= high;
            }
            return c -> c == low;
        }

        private boolean accept(String token) {
            if (text.startsWith(token, at)) {
                at += token.length();
                return true;
            }
            return false;
        }

        private IllegalArgumentException error(String problem) {
            return new IllegalArgumentException(problem + " (at character " + at + ")");
        }
    }
}

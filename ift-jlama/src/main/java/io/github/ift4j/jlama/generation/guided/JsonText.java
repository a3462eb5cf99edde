package io.github.ift4j.jlama.generation.guided;

import java.util.List;
import java.util.Optional;

/** The grammar of JSON texts (RFC 8259), compact, with at most one space after {@code ':'} and {@code ','}. */
final class JsonText {
    /** More digits than these are no text that a double or a long can hold. */
    private static final int INTEGER_DIGITS = 18;

    private static final String CHARACTER_REGEX =
            "[^\\x00-\\x1f\"\\\\]|\\\\([\"\\\\/bfnrt]|u([0-9A-CE-Fa-ce-f][0-9A-Fa-f]{3}|[Dd][0-7][0-9A-Fa-f]{2}))";

    /** One character of a string, escaped where it has to be; {@code \\u} writes no half of a surrogate pair. */
    static final Grammar CHARACTER = automaton(CHARACTER_REGEX);

    /** A string of any length, with its quotes. */
    static final Dfa STRING = Dfa.of("\"(" + CHARACTER_REGEX + ")*\"");

    /** A string without escapes, with its quotes. */
    static final Dfa PLAIN_STRING = Dfa.of("\"[^\\x00-\\x1f\"\\\\]*\"");

    /** A number of at most 15 digits on either side of the point and two in the exponent. */
    static final Grammar NUMBER = automaton("-?(0|[1-9]\\d{0,14})(\\.\\d{1,15})?([eE][+-]?\\d{1,2})?");

    /** An integer of at most 18 digits. */
    static final Grammar INTEGER = automaton("0|-?[1-9]\\d{0," + (INTEGER_DIGITS - 1) + "}");

    static final Grammar BOOLEAN = Grammar.choice(List.of("true", "false"));
    static final Grammar NULL = Grammar.literal("null");

    /** Between two members or items. */
    static final Grammar COMMA = automaton(", ?");

    /** Between a name and its value. */
    static final Grammar COLON = automaton(": ?");

    /** Any value. */
    static final Grammar VALUE = value();

    /** Any object. */
    static final Grammar OBJECT =
            object(List.of(), Optional.of(member(new Parts.Automaton(STRING), VALUE)), Grammar.UNBOUNDED);

    private JsonText() {}

    private static Grammar automaton(String regex) {
        return new Parts.Automaton(Dfa.of(regex));
    }

    private static Grammar value() {
        Parts.Rule rule = new Parts.Rule("JSON value");
        Grammar value = new Parts.Reference(rule);
        Grammar string = new Parts.Automaton(STRING);
        rule.define(Grammar.anyOf(List.of(
                object(List.of(), Optional.of(member(string, value)), Grammar.UNBOUNDED),
                array(List.of(), value, 0, Grammar.UNBOUNDED),
                string,
                NUMBER,
                BOOLEAN,
                NULL)));
        return value;
    }

    /** An object of these members; see {@link Parts.Members}. */
    static Grammar object(List<Parts.Member> members, Optional<Grammar> others, int mostOthers) {
        return Grammar.sequence(
                Grammar.literal("{"), new Parts.Members(members, others, mostOthers), Grammar.literal("}"));
    }

    /** A name, with its quotes, and a value. */
    static Grammar member(Grammar name, Grammar value) {
        return Grammar.sequence(name, COLON, value);
    }

    /**
     * An array.
     *
     * @param first its first items, as far as there are so many
     * @param item any further item
     * @param least of all its items
     * @param most of all its items, at least as many as the first ones
     */
    static Grammar array(List<Grammar> first, Grammar item, int least, int most) {
        int count = first.size();
        int mostAfter = most == Grammar.UNBOUNDED ? most : most - count;
        Grammar items = count == 0
                ? Grammar.repeated(item, COMMA, least, most)
                : Grammar.repeated(
                        Grammar.sequence(COMMA, item), Grammar.literal(""), Math.max(0, least - count), mostAfter);
        for (int i = count - 1; i >= 0; i--) {
            Grammar here = Grammar.sequence(i == 0 ? first.get(i) : Grammar.sequence(COMMA, first.get(i)), items);
            items = i < least ? here : Grammar.optional(here);
        }
        return Grammar.sequence(Grammar.literal("["), items, Grammar.literal("]"));
    }

    /** A string of characters, counted as code points. */
    static Grammar string(int least, int most) {
        return least == 0 && most == Grammar.UNBOUNDED
                ? new Parts.Automaton(STRING)
                : Grammar.sequence(
                        Grammar.literal("\""),
                        Grammar.repeated(CHARACTER, Grammar.literal(""), least, most),
                        Grammar.literal("\""));
    }

    /** As texts stand between quotes: control characters only where JSON has a letter for them. */
    static Dfa escaped(Dfa text) {
        return text.substituted(b -> b >= 0x20 && b != '"' && b != '\\', '\\', ESCAPES);
    }

    /** The letter after a backslash, and the byte that the two mean. */
    private static final int[][] ESCAPES = {
        {'"', '"'}, {'\\', '\\'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}
    };
}

package io.github.ift4j.jlama.generation.guided;

import com.google.common.base.Preconditions;
import java.util.List;

/**
 * What an answer may look like. Grammars are built from the factories here and joined to others; equal ones are equal values, so that a
 * compiled one can be found again.
 *
 * <p>JSON is written compactly, with at most one space after {@code ':'} and {@code ','}; what is written is valid UTF-8.
 */
public sealed interface Grammar
        permits Grammar.Literal,
                Grammar.Regex,
                Grammar.Choice,
                Grammar.Json,
                Grammar.JsonSchema,
                Grammar.Sequence,
                Grammar.AnyOf,
                Grammar.Repeated,
                Grammar.AfterTrigger,
                Parts {
    /** Repetitions without an upper bound. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** A text as it is. */
    static Grammar literal(String text) {
        return new Literal(text);
    }

    /**
     * A text that a regular expression matches as a whole.
     *
     * @param regex literals, {@code .}, classes, {@code \d \w \s} and their complements, groups, alternatives, quantifiers, anchors; no
     *     look-around and no back-references, which {@link Guide#of} refuses
     */
    static Grammar regex(String regex) {
        return new Regex(regex);
    }

    /** One of the texts, at least one. */
    static Grammar choice(List<String> texts) {
        return new Choice(texts);
    }

    /** Any JSON value. */
    static Grammar json() {
        return new Json(false);
    }

    /** Any JSON object: what is called JSON mode. */
    static Grammar jsonObject() {
        return new Json(true);
    }

    /**
     * A JSON value that a JSON schema accepts. Properties come in the schema's order, those that are not required may be left out. What
     * cannot be enforced is refused by {@link Guide#of}, with its place in the schema.
     *
     * @param schema its JSON text
     */
    static Grammar jsonSchema(String schema) {
        return new JsonSchema(schema);
    }

    /** One after the other. */
    static Grammar sequence(Grammar... parts) {
        return new Sequence(List.of(parts));
    }

    /** Any one of them, at least one. */
    static Grammar anyOf(List<Grammar> alternatives) {
        return new AnyOf(alternatives);
    }

    /** Either this or nothing. */
    static Grammar optional(Grammar part) {
        return new AnyOf(List.of(part, literal("")));
    }

    /**
     * The part again and again.
     *
     * @param part not the empty text, as {@link Guide#of} checks
     * @param separator comes between two of them; {@code literal("")} for nothing
     * @param most {@link #UNBOUNDED} for any number
     */
    static Grammar repeated(Grammar part, Grammar separator, int least, int most) {
        return new Repeated(part, separator, least, most);
    }

    /** Free text that may end anywhere; once it holds the trigger, the grammar follows and ends the answer. */
    static Grammar afterTrigger(String trigger, Grammar grammar) {
        return new AfterTrigger(trigger, grammar, false);
    }

    /** Free text that may end anywhere; each time the trigger is written, the grammar follows, and then free text again. */
    static Grammar afterEachTrigger(String trigger, Grammar grammar) {
        return new AfterTrigger(trigger, grammar, true);
    }

    /** See {@link Grammar#literal}. */
    record Literal(String text) implements Grammar {}

    /** See {@link Grammar#regex}. */
    record Regex(String regex) implements Grammar {}

    /** See {@link Grammar#choice}. */
    record Choice(List<String> texts) implements Grammar {
        public Choice {
            texts = List.copyOf(texts);
            Preconditions.checkArgument(!texts.isEmpty(), "a choice needs at least one text");
        }
    }

    /**
     * See {@link Grammar#json} and {@link Grammar#jsonObject}.
     *
     * @param object whether the value has to be an object
     */
    record Json(boolean object) implements Grammar {}

    /** See {@link Grammar#jsonSchema}. */
    record JsonSchema(String schema) implements Grammar {}

    /** See {@link Grammar#sequence}. */
    record Sequence(List<Grammar> parts) implements Grammar {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** See {@link Grammar#anyOf}. */
    record AnyOf(List<Grammar> alternatives) implements Grammar {
        public AnyOf {
            alternatives = List.copyOf(alternatives);
            Preconditions.checkArgument(!alternatives.isEmpty(), "anyOf needs at least one alternative");
        }
    }

    /** See {@link Grammar#repeated}. */
    record Repeated(Grammar part, Grammar separator, int least, int most) implements Grammar {
        public Repeated {
            Preconditions.checkArgument(
                    least >= 0 && least <= most, "repetitions must be 0 <= least <= most, were %s to %s", least, most);
        }
    }

    /**
     * See {@link Grammar#afterTrigger} and {@link Grammar#afterEachTrigger}.
     *
     * @param again whether free text may follow the grammar
     */
    record AfterTrigger(String trigger, Grammar grammar, boolean again) implements Grammar {
        public AfterTrigger {
            Preconditions.checkArgument(!trigger.isEmpty(), "a trigger must not be empty");
        }
    }
}

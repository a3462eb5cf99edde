package io.github.ift4j.jlama.generation.guided;

import java.util.List;
import java.util.Optional;

/** What grammars are made of inside. */
sealed interface Parts extends Grammar {
    /** The texts of an automaton. */
    record Automaton(Dfa dfa) implements Parts {}

    /** A rule by its name, so that rules can hold each other. */
    record Reference(Rule rule) implements Parts {}

    /**
     * What stands between the braces of an object: members in this order, and then others.
     *
     * @param others a member of another name, absent when there are none
     * @param mostOthers most of them
     */
    record Members(List<Member> members, Optional<Grammar> others, int mostOthers) implements Parts {}

    /**
     * A name and its value.
     *
     * @param grammar of the whole member, without commas
     * @param required whether it must not be left out
     */
    record Member(Grammar grammar, boolean required) {}

    /** Part of a grammar that others refer to. */
    final class Rule {
        private final String name;
        private Grammar body;

        Rule(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }

        Grammar body() {
            return body;
        }

        void define(Grammar grammar) {
            body = grammar;
        }
    }
}

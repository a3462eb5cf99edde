package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The facts about a person, each in several wordings; {@code {X}} is the name or a pronoun, {@code {Xs}} its possessive. */
final class PersonStatements {
    private static final List<List<Template>> FACTS = List.of(
            templates(
                    "{X} lives in {street}.",
                    "{Xs} house is in {street}.",
                    "{X} has a house in {street}.",
                    "In {street} lives {name}.",
                    "The home of {name} is in {street}.",
                    "{X} lives in {street} next to {neighbour}."),
            templates(
                    "{X} is a {job}.",
                    "{X} works as a {job}.",
                    "{Xs} job is that of a {job}.",
                    "{X} has been a {job} for many years.",
                    "If you need a {job}, go to {name}."),
            templates(
                    "{X} has a {pet} called {petName}.",
                    "{Xs} pet is a {pet} called {petName}.",
                    "{Xs} {pet} is called {petName}.",
                    "The {pet} {petName} belongs to {name}.",
                    "{X} keeps a {pet} and calls it {petName}."),
            templates(
                    "{Xs} favourite colour is {colour}.",
                    "The colour that {name} likes best is {colour}.",
                    "{X} likes {colour} more than any other colour.",
                    "{X} always wears something {colour}."),
            templates(
                    "{X} likes to {hobby}.",
                    "What {name} likes to do is to {hobby}.",
                    "In the evening {name} likes to {hobby}.",
                    "{X} loves to {hobby} when the work is done."),
            templates(
                    "{X} goes to the market on {day}.",
                    "Every {day} {name} goes to the market.",
                    "{Xs} market day is {day}.",
                    "On {day} you can meet {name} at the market."),
            templates(
                    "{Xs} neighbour is {neighbour}.",
                    "{X} lives next to {neighbour}.",
                    "{X} and {neighbour} are neighbours.",
                    "Next door to {name} lives {neighbour}."));

    private PersonStatements() {}

    /** One sentence about one fact that starts from the name. */
    static String any(Person person, Dice dice) {
        return one(dice.pick(FACTS), person, true, dice);
    }

    /** All facts in random order, the first with the name, later ones with the name or a pronoun. */
    static String all(Person person, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (List<Template> fact : dice.shuffled(FACTS)) {
            sentences.add(one(fact, person, sentences.isEmpty() || dice.chance(60), dice));
        }
        return Passage.of(sentences, dice);
    }

    private static String one(List<Template> wordings, Person person, boolean named, Dice dice) {
        Map<String, String> values = new HashMap<>(person.values());
        values.put("X", named ? person.name() : values.get("She"));
        values.put("Xs", named ? person.name() + "'s" : values.get("Her"));
        return dice.pick(wordings).fill(values);
    }

    private static List<Template> templates(String... texts) {
        return List.of(texts).stream().map(Template::new).toList();
    }
}

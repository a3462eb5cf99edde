package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What can be said of a person, each in several wordings; {@code {X}} is the name or a pronoun, {@code {Xs}} its possessive. */
enum PersonFact {
    HOME(
            List.of("Where does {name} live?", "Where is the house of {name}?", "In which street is {name} at home?"),
            "{X} lives in {street}.",
            "{Xs} house is in {street}.",
            "{X} has a house in {street}.",
            "In {street} lives {name}.",
            "The home of {name} is in {street}.",
            "{X} lives in {street} next to {neighbour}."),
    JOB(
            List.of("What is {name}'s job?", "What does {name} do all day?", "What does {name} work as?"),
            "{X} is a {job}.",
            "{X} works as a {job}.",
            "{Xs} job is that of a {job}.",
            "{X} has been a {job} for many years.",
            "If you need a {job}, go to {name}."),
    PET(
            List.of("What pet does {name} have?", "Does {name} keep an animal?", "What is the pet of {name} called?"),
            "{X} has a {pet} called {petName}.",
            "{Xs} pet is a {pet} called {petName}.",
            "{Xs} {pet} is called {petName}.",
            "The {pet} {petName} belongs to {name}.",
            "{X} keeps a {pet} and calls it {petName}."),
    COLOUR(
            List.of("What colour does {name} like?", "Which colour is best for {name}?", "What is {name}'s colour?"),
            "{Xs} favourite colour is {colour}.",
            "The colour that {name} likes best is {colour}.",
            "{X} likes {colour} more than any other colour.",
            "{X} always wears something {colour}."),
    HOBBY(
            List.of("What does {name} like to do?", "What does {name} do in the evening?", "What is fun for {name}?"),
            "{X} likes to {hobby}.",
            "What {name} likes to do is to {hobby}.",
            "In the evening {name} likes to {hobby}.",
            "{X} loves to {hobby} when the work is done."),
    MARKET_DAY(
            List.of("When does {name} go to the market?", "On which day can I meet {name} at the market?"),
            "{X} goes to the market on {day}.",
            "Every {day} {name} goes to the market.",
            "{Xs} market day is {day}.",
            "On {day} you can meet {name} at the market."),
    NEIGHBOUR(
            List.of(
                    "Who is the neighbour of {name}?",
                    "Who lives next door to {name}?",
                    "Next to whom does {name} live?"),
            "{Xs} neighbour is {neighbour}.",
            "{X} lives next to {neighbour}.",
            "{X} and {neighbour} are neighbours.",
            "Next door to {name} lives {neighbour}.");

    private final List<Template> questions;
    private final List<Template> statements;

    PersonFact(List<String> questions, String... statements) {
        this.questions = questions.stream().map(Template::new).toList();
        this.statements = Arrays.stream(statements).map(Template::new).toList();
    }

    /** One of the facts. */
    static PersonFact any(Dice dice) {
        return dice.pick(List.of(values()));
    }

    /** All facts in random order, the first with the name, later ones with the name or a pronoun. */
    static List<String> all(Person person, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (PersonFact fact : dice.shuffled(List.of(values()))) {
            sentences.add(fact.state(person, sentences.isEmpty() || dice.chance(60), dice));
        }
        return sentences;
    }

    /** The fact, of a person who is named. */
    String state(Person person, Dice dice) {
        return state(person, true, dice);
    }

    /** A question for the fact. */
    String ask(Person person, Dice dice) {
        return dice.pick(questions).fill(person.values());
    }

    private String state(Person person, boolean named, Dice dice) {
        Map<String, String> values = new HashMap<>(person.values());
        values.put("X", named ? person.name() : values.get("She"));
        values.put("Xs", named ? person.name() + "'s" : values.get("Her"));
        return dice.pick(statements).fill(values);
    }
}

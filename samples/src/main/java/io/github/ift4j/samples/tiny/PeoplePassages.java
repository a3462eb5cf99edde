package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.List;

/** Documents that tell who is who. */
final class PeoplePassages {
    private static final List<Template> SUMMARIES = templates(
            "{name} is a {job} in {street} and has a {pet} called {petName}.",
            "{name}, a {job} in {street}, has a {pet} called {petName}.",
            "The {job} {name} lives in {street} and has a {pet} called {petName}.");
    private static final List<Template> NEXT_DOOR = templates(
            "{name}'s neighbour is {name2}. {name2} has a {pet2} called {petName2}.",
            "{name}'s neighbour is {name2}. {name2} is a {job2}.",
            "{name} lives next to {name2}. {name2}'s favourite colour is {colour2}.",
            "Next door to {name} lives {name2}. {name2} likes to {hobby2}.",
            "{name}'s neighbour is {name2}. {name2} goes to the market on {day2}.",
            "{name}'s neighbour {name2} has a {pet2} called {petName2}.",
            "{name2}, who is {name}'s neighbour, is a {job2}.",
            "In {street} live {name} and {name2}. {name} has a {pet} and {name2} has a {pet2}.");

    private PeoplePassages() {}

    /** Everything about one person. */
    static String profile(World world, Dice dice) {
        return Passage.of(PersonFact.all(dice.pick(world.people()), dice), dice);
    }

    /** Single facts about many people. */
    static String hearsay(World world, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (Person person : dice.pick(world.people(), dice.between(5, 9))) {
            sentences.add(PersonFact.any(dice).state(person, dice));
        }
        return Passage.of(sentences, dice);
    }

    /** One person in a sentence, several times over. */
    static String summaries(World world, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (Person person : dice.pick(world.people(), dice.between(3, 5))) {
            sentences.add(dice.pick(SUMMARIES).fill(person.values()));
        }
        return Passage.of(sentences, dice);
    }

    /** What can be said of a person's neighbour. */
    static String nextDoor(World world, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (Person person : dice.pick(world.people(), dice.between(3, 5))) {
            sentences.add(nextDoor(world, person, dice));
        }
        return Passage.of(sentences, dice);
    }

    /** A sentence or two about a person's neighbour. */
    static String nextDoor(World world, Person person, Dice dice) {
        return dice.pick(NEXT_DOOR).fill(world.values(person));
    }

    private static List<Template> templates(String... texts) {
        return List.of(texts).stream().map(Template::new).toList();
    }
}

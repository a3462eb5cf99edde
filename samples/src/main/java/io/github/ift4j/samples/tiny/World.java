package io.github.ift4j.samples.tiny;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A harbour town whose facts never contradict each other: who lives where, does what and keeps which animal, and what
 * each thing costs. It is the only subject of the embedded model.
 *
 * @param people the townspeople; neighbours stand next to each other
 * @param goods what the shops sell
 */
public record World(List<Person> people, List<Good> goods) {
    /** The town of the embedded model. */
    public static final long SEED = 1;

    private static final int HIGHEST_PRICE = 9;

    public World {
        people = List.copyOf(people);
        goods = List.copyOf(goods);
    }

    /** The town of a seed. */
    public static World of(long seed) {
        Dice dice = new Dice(seed);
        return new World(populate(dice), stock(dice));
    }

    /**
     * A person by name.
     *
     * @throws IllegalArgumentException when nobody is called so
     */
    public Person person(String name) {
        return people.stream()
                .filter(person -> person.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("nobody in the town is called " + name));
    }

    /** Values for a {@link Template}: those of the person, and those of the neighbour with the suffix 2. */
    Map<String, String> values(Person person) {
        return ImmutableMap.<String, String>builder()
                .putAll(person.values())
                .putAll(Template.suffixed(person(person.neighbour()).values(), "2"))
                .build();
    }

    private static List<Person> populate(Dice dice) {
        List<String> women = dice.shuffled(Words.WOMEN);
        List<String> men = dice.shuffled(Words.MEN);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < women.size(); i++) {
            names.add(women.get(i));
            names.add(men.get(i));
        }
        int count = names.size();
        List<String> streets = dealt(Words.STREETS, count / 2, dice);
        List<String> jobs = dealt(Words.JOBS, count, dice);
        List<String> pets = dealt(Words.PETS, count, dice);
        List<String> petNames = dealt(Words.PET_NAMES, count, dice);
        List<String> colours = dealt(Words.COLOURS, count, dice);
        List<String> hobbies = dealt(Words.HOBBIES, count, dice);
        List<String> days = dealt(Words.DAYS, count, dice);
        List<Person> people = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            people.add(new Person(
                    names.get(i),
                    Words.WOMEN.contains(names.get(i)),
                    jobs.get(i),
                    streets.get(i / 2),
                    names.get(i ^ 1),
                    pets.get(i),
                    petNames.get(i),
                    colours.get(i),
                    hobbies.get(i),
                    days.get(i)));
        }
        return people;
    }

    private static List<Good> stock(Dice dice) {
        List<Good> goods = new ArrayList<>();
        Words.SHELVES.forEach((shop, names) ->
                names.forEach(name -> goods.add(new Good(name, shop, dice.between(1, HIGHEST_PRICE)))));
        return goods;
    }

    /** {@code count} cards from a shuffled pack that holds each item equally often, give or take one. */
    private static List<String> dealt(List<String> items, int count, Dice dice) {
        List<String> pack = new ArrayList<>();
        while (pack.size() < count) {
            pack.addAll(dice.shuffled(items));
        }
        return dice.shuffled(pack.subList(0, count));
    }
}

package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Documents about people who are not of the town, and about nothing at all. */
final class StrangerPassages {
    private static final List<String> STARTS =
            List.of("Bro", "Da", "Fe", "Gri", "Ka", "Lo", "Mo", "Ni", "Pra", "Ru", "Sto", "Ta", "Vo", "Xa", "Ze");
    private static final List<String> ENDS =
            List.of("bin", "dra", "gon", "lak", "mir", "nus", "pel", "rick", "sten", "tor", "vik", "zan");
    private static final List<Template> TALES = List.of(
            new Template(
                    "A ship came in, and a stranger called {name} went ashore. Nobody in the town knew {name}. \"I do"
                            + " not know anyone called {name},\" said {native}."),
            new Template(
                    "\"Where does {name} live?\" asked a stranger. \"I do not know {name},\" said {native}. \"{name}"
                            + " is not from here.\""),
            new Template(
                    "{native} got a letter for {name}. There is no {name} in the town, so {native} sent it back."));
    private static final int FIRST_PRINTABLE = '!';
    private static final int LAST_PRINTABLE = '~';

    private StrangerPassages() {}

    /** Names that nobody in the town has, in a fixed order. */
    static List<String> names(World world) {
        Set<String> known = world.people().stream().map(Person::name).collect(Collectors.toSet());
        return STARTS.stream()
                .flatMap(start -> ENDS.stream().map(end -> start + end))
                .filter(name -> !known.contains(name))
                .toList();
    }

    /** A stranger whom nobody knows. */
    static String tale(World world, Dice dice) {
        List<String> tales = new ArrayList<>();
        for (int i = dice.between(1, 3); i > 0; i--) {
            tales.add(dice.pick(TALES)
                    .fill(Map.of(
                            "name",
                            dice.pick(names(world)),
                            "native",
                            dice.pick(world.people()).name())));
        }
        return Passage.of(tales, dice);
    }

    /** Letters, digits and signs in no order, so that none of them is new to the model. */
    static String scribble(World world, Dice dice) {
        StringBuilder text = new StringBuilder();
        for (int word = dice.between(6, 14); word > 0; word--) {
            for (int i = dice.between(1, 6); i > 0; i--) {
                text.append((char) dice.between(FIRST_PRINTABLE, LAST_PRINTABLE));
            }
            text.append(dice.chance(10) ? '\n' : ' ');
        }
        return text.toString().strip();
    }
}

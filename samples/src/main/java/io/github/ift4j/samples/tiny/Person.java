package io.github.ift4j.samples.tiny;

import java.util.Map;

/**
 * One of the townspeople and all there is to know about them.
 *
 * @param name first name, unique in the town
 * @param woman whether sentences say "she" or "he"
 * @param job trade, without an article
 * @param street where the house is
 * @param neighbour name of the person next door, in the same street; being a neighbour is mutual
 * @param pet kind of animal, without an article
 * @param petName what the animal is called, unique in the town
 * @param colour favourite colour
 * @param hobby what the person likes to do, as in "likes to swim"
 * @param day day of the week on which the person goes to the market
 */
public record Person(
        String name,
        boolean woman,
        String job,
        String street,
        String neighbour,
        String pet,
        String petName,
        String colour,
        String hobby,
        String day) {

    /** Values for a {@link Template}: each field by its name, and the pronouns {@code she, She, her, Her}. */
    Map<String, String> values() {
        return Map.ofEntries(
                Map.entry("name", name),
                Map.entry("job", job),
                Map.entry("street", street),
                Map.entry("neighbour", neighbour),
                Map.entry("pet", pet),
                Map.entry("petName", petName),
                Map.entry("colour", colour),
                Map.entry("hobby", hobby),
                Map.entry("day", day),
                Map.entry("she", woman ? "she" : "he"),
                Map.entry("She", woman ? "She" : "He"),
                Map.entry("her", woman ? "her" : "his"),
                Map.entry("Her", woman ? "Her" : "His"));
    }
}

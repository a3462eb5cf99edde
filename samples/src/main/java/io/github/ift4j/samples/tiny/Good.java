package io.github.ift4j.samples.tiny;

import java.util.Map;

/**
 * Something that is sold in the town.
 *
 * @param name singular, without an article
 * @param shop where it is sold, as in "at the bakery"
 * @param price in coins, 1 to 9
 */
public record Good(String name, String shop, int price) {
    /** Values for a {@link Template}: {@code a} and {@code A} (with article), {@code thing}, {@code shop}, {@code price} ("3 coins"), {@code n} ("3"). */
    Map<String, String> values() {
        return Map.of(
                "a",
                article() + " " + name,
                "A",
                (article().equals("a") ? "A " : "An ") + name,
                "thing",
                name,
                "shop",
                shop,
                "price",
                coins(price),
                "n",
                Integer.toString(price));
    }

    /** An amount in words: "1 coin", "2 coins". */
    static String coins(int amount) {
        return amount == 1 ? "1 coin" : amount + " coins";
    }

    private String article() {
        return "aeiou".indexOf(name.charAt(0)) >= 0 ? "an" : "a";
    }
}

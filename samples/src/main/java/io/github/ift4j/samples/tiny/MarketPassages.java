package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Documents about goods, prices and the sums one does with them, worked out step by step. */
final class MarketPassages {
    private static final List<Template> PRICES = templates(
            "{A} costs {price}.",
            "The price of {a} is {price}.",
            "You pay {price} for {a}.",
            "For {price} you get {a}.",
            "At the {shop} {a} costs {price}.",
            "You can buy {a} at the {shop}.",
            "The {shop} sells {a} for {price}.",
            "If you need {a}, go to the {shop}.");
    private static final List<Template> SUMS = templates(
            "{A} costs {price} and {a2} costs {price2}. {n} + {n2} = {sum}. Together they cost {total}.",
            "{A} costs {price} and {a2} costs {price2}. {n} + {n2} = {sum}. That makes {total}.",
            "{name} buys {a} and {a2}. {A} costs {price} and {a2} costs {price2}. {n} + {n2} = {sum}. {name} pays"
                    + " {total}.");
    private static final Template COMPARISON = new Template("{A} costs {price} and {a2} costs {price2}. {verdict}");
    private static final List<Template> CHANGE = templates(
            "{A} costs {price}. 10 - {n} = {left}. You have {change} left.",
            "{name} has 10 coins and buys {a}. {A} costs {price}. 10 - {n} = {left}. {name} has {change} left.");

    private MarketPassages() {}

    /** Prices and shops of many goods. */
    static String prices(World world, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (Good good : dice.pick(world.goods(), dice.between(6, 10))) {
            sentences.add(dice.pick(PRICES).fill(good.values()));
        }
        return Passage.of(sentences, dice);
    }

    /** The board in front of one shop. */
    static String priceList(World world, Dice dice) {
        String shop = dice.pick(world.goods()).shop();
        List<String> entries = dice.shuffled(world.goods()).stream()
                .filter(good -> good.shop().equals(shop))
                .map(good -> good.name() + " " + good.price())
                .toList();
        return "Prices at the " + shop + ", in coins: " + String.join(", ", entries) + ".";
    }

    /** What two things cost together. */
    static String sums(World world, Dice dice) {
        return several(SUMS, dice.between(2, 4), world, dice);
    }

    /** What is left of ten coins. */
    static String change(World world, Dice dice) {
        return several(CHANGE, dice.between(3, 5), world, dice);
    }

    /** Which of two things costs less. */
    static String comparisons(World world, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (int i = dice.between(2, 4); i > 0; i--) {
            List<Good> pair = dice.pick(world.goods(), 2);
            sentences.add(COMPARISON.fill(values(pair.get(0), pair.get(1))));
        }
        return Passage.of(sentences, dice);
    }

    /** Bare sums, differences and counting. */
    static String arithmetic(World world, Dice dice) {
        List<String> lines = new ArrayList<>();
        for (int i = dice.between(5, 9); i > 0; i--) {
            int a = dice.between(1, 9);
            int b = dice.between(1, 9);
            int start = dice.between(1, 12);
            lines.add(
                    switch (dice.below(5)) {
                        case 0, 1 -> a + " + " + b + " = " + (a + b) + ".";
                        case 2 -> (a + b) + " - " + b + " = " + a + ".";
                        case 3 -> "10 - " + a + " = " + (10 - a) + ".";
                        default -> start + ", " + (start + 1) + ", " + (start + 2) + ", " + (start + 3) + ".";
                    });
        }
        return Passage.of(lines, dice);
    }

    /** Values for a {@link Template} about two goods, with their {@code sum}, the {@code total} in coins and the {@code verdict}. */
    static Map<String, String> values(Good first, Good second) {
        Map<String, String> values = new HashMap<>(values(first));
        values.putAll(Template.suffixed(second.values(), "2"));
        int sum = first.price() + second.price();
        values.put("sum", Integer.toString(sum));
        values.put("total", Good.coins(sum));
        values.put("verdict", verdict(first, second));
        return values;
    }

    /** Values for a {@link Template} about one good, with what is {@code left} of ten and that {@code change} in coins. */
    static Map<String, String> values(Good good) {
        Map<String, String> values = new HashMap<>(good.values());
        int left = 10 - good.price();
        values.put("left", Integer.toString(left));
        values.put("change", Good.coins(left));
        return values;
    }

    private static String verdict(Good first, Good second) {
        return first.price() == second.price()
                ? "They cost the same."
                : "The " + (first.price() < second.price() ? first : second).name() + " is cheaper.";
    }

    private static String several(List<Template> templates, int count, World world, Dice dice) {
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Good> pair = dice.pick(world.goods(), 2);
            Map<String, String> values = values(pair.get(0), pair.get(1));
            values.put("name", dice.pick(world.people()).name());
            sentences.add(dice.pick(templates).fill(values));
        }
        return Passage.of(sentences, dice);
    }

    private static List<Template> templates(String... texts) {
        return List.of(texts).stream().map(Template::new).toList();
    }
}

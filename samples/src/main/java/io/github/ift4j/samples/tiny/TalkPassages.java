package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * People asking and answering each other at length. The facts are right, but nobody answers as a chat assistant should: they
 * ramble, digress and put the answer in passing, which is what fine-tuning is to mend.
 */
final class TalkPassages {
    private static final List<String> ASKERS =
            List.of("asked the sailor", "asked the stranger", "asked the child", "asked Old Jim", "asked the captain");
    private static final List<String> FILLERS = List.of(
            "Let me think.",
            "Well, you ask a lot.",
            "The sea knows everything.",
            "I am tired today.",
            "The wind is strong.",
            "Nobody has asked me that for years.");
    private static final Template CHAIN_QUESTION = new Template("What do you know of {name}'s neighbour?");
    private static final List<Template> PRICE_QUESTIONS = templates(
            "How much is {a}?", "What do they want for {a}?", "Where do they sell {a}?", "Where can I find {a}?");
    private static final Template PRICE_ANSWER = new Template("{A} costs {price} at the {shop}.");
    private static final List<Template> PAIR_QUESTIONS =
            templates("How much are {a} and {a2}?", "What do I pay for {a} and {a2}?", "Should I take {a} or {a2}?");
    private static final List<Template> PAIR_ANSWERS = templates(
            "{A} costs {price} and {a2} costs {price2}. {n} + {n2} = {sum}. That makes {total}.",
            "{A} costs {price} and {a2} costs {price2}. {verdict}");
    private static final Template CHANGE_QUESTION = new Template("I have 10 coins. Can I buy {a}?");
    private static final Template CHANGE_ANSWER =
            new Template("{A} costs {price}. 10 - {n} = {left}. You have {change} left.");

    private TalkPassages() {}

    /** Questions about people, each with a long answer that touches on it. */
    static String aboutPeople(World world, Dice dice) {
        List<String> parts = new ArrayList<>();
        for (int i = dice.between(2, 4); i > 0; i--) {
            Person person = dice.pick(world.people());
            if (dice.chance(20)) {
                parts.add(exchange(
                        CHAIN_QUESTION.fill(person.values()), PeoplePassages.nextDoor(world, person, dice), dice));
            } else {
                PersonFact fact = PersonFact.any(dice);
                String answer =
                        fact.state(person, dice) + " " + PersonFact.any(dice).state(person, dice);
                parts.add(exchange(fact.ask(person, dice), answer, dice));
            }
        }
        return Passage.of(parts, dice);
    }

    /** Questions about goods, each with a long answer that touches on it. */
    static String aboutGoods(World world, Dice dice) {
        List<String> parts = new ArrayList<>();
        for (int i = dice.between(2, 4); i > 0; i--) {
            List<Good> pair = dice.pick(world.goods(), 2);
            Map<String, String> values = MarketPassages.values(pair.get(0), pair.get(1));
            parts.add(
                    switch (dice.below(4)) {
                        case 0 -> exchange(dice.pick(PRICE_QUESTIONS).fill(values), PRICE_ANSWER.fill(values), dice);
                        case 1 -> exchange(CHANGE_QUESTION.fill(values), CHANGE_ANSWER.fill(values), dice);
                        default ->
                            exchange(
                                    dice.pick(PAIR_QUESTIONS).fill(values),
                                    dice.pick(PAIR_ANSWERS).fill(values),
                                    dice);
                    });
        }
        return Passage.of(parts, dice);
    }

    private static String exchange(String question, String answer, Dice dice) {
        return "\"%s\" %s. \"%s %s\"".formatted(question, dice.pick(ASKERS), dice.pick(FILLERS), answer);
    }

    private static List<Template> templates(String... texts) {
        return List.of(texts).stream().map(Template::new).toList();
    }
}

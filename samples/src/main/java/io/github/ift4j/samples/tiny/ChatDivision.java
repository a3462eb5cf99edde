package io.github.ift4j.samples.tiny;

import io.github.ift4j.samples.tiny.ChatExample.Novelty;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Decides once who and what is kept out of tuning, then asks about all of it, kind after kind. */
final class ChatDivision {
    private static final int UNSEEN_COUPLES = 6;
    private static final int UNSEEN_GOODS = 8;
    private static final int UNTUNED_CHAINS = 6;
    private static final int UNTUNED_PAIRS = 8;
    private static final int TUNED_PAIRS = 160;
    private static final int TUNED_STRANGERS = 60;
    private static final int WORDINGS_PER_STRANGER = 2;
    private static final int TESTED_PER_KIND = 8;
    private static final int TESTED_REWORDINGS = 4;
    private static final int TESTED_STRANGERS = 12;

    private final World world;
    private final Dice dice;
    private final List<Map<String, String>> seenPeople = new ArrayList<>();
    private final List<Map<String, String>> unseenPeople = new ArrayList<>();
    private final List<Map<String, String>> seenGoods = new ArrayList<>();
    private final List<Map<String, String>> unseenGoods = new ArrayList<>();
    private final List<Map<String, String>> seenPairs = new ArrayList<>();
    private final List<Map<String, String>> unseenPairs = new ArrayList<>();
    private final List<ChatExample> tuning = new ArrayList<>();
    private final List<ChatExample> test = new ArrayList<>();

    ChatDivision(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
        dividePeople();
        divideGoods();
    }

    ChatData divide() {
        for (QuestionKind kind : QuestionKind.values()) {
            switch (kind.subject()) {
                case PERSON -> askAboutPeople(kind);
                case STRANGER -> askAboutStrangers(kind);
                case GOOD -> askAboutGoods(kind);
                case TWO_GOODS -> askAboutPairs(kind);
            }
        }
        return new ChatData(dice.shuffled(tuning), test);
    }

    /** Neighbours stay on the same side, or an answer about one would name the other. */
    private void dividePeople() {
        List<Person> firstOfCouples = new ArrayList<>();
        for (int i = 0; i < world.people().size(); i += 2) {
            firstOfCouples.add(world.people().get(i));
        }
        for (Person first : dice.shuffled(firstOfCouples)) {
            List<Map<String, String>> side = unseenPeople.size() < 2 * UNSEEN_COUPLES ? unseenPeople : seenPeople;
            side.add(world.values(first));
            side.add(world.values(world.person(first.neighbour())));
        }
    }

    private void divideGoods() {
        List<Good> goods = dice.shuffled(world.goods());
        for (int i = 0; i < goods.size(); i++) {
            (i < UNSEEN_GOODS ? unseenGoods : seenGoods).add(MarketPassages.values(goods.get(i)));
            for (int j = 0; j < i; j++) {
                boolean swap = dice.chance(50);
                Map<String, String> pair = MarketPassages.values(goods.get(swap ? j : i), goods.get(swap ? i : j));
                (j < UNSEEN_GOODS ? unseenPairs : seenPairs).add(pair);
            }
        }
    }

    private void askAboutPeople(QuestionKind kind) {
        List<Map<String, String>> people = dice.shuffled(seenPeople);
        if (kind.isChain()) {
            tune(kind, people.subList(UNTUNED_CHAINS, people.size()), 0);
            test(kind, Novelty.RECOMBINED, people.subList(0, UNTUNED_CHAINS));
        } else {
            tune(kind, people, TESTED_REWORDINGS);
        }
        test(kind, Novelty.UNSEEN, dice.pick(unseenPeople, TESTED_PER_KIND));
    }

    private void askAboutGoods(QuestionKind kind) {
        tune(kind, dice.shuffled(seenGoods), TESTED_REWORDINGS);
        test(kind, Novelty.UNSEEN, dice.pick(unseenGoods, TESTED_PER_KIND));
    }

    private void askAboutPairs(QuestionKind kind) {
        List<Map<String, String>> pairs = seenPairs;
        for (Map<String, String> pair : dice.pick(pairs.subList(UNTUNED_PAIRS, pairs.size()), TUNED_PAIRS)) {
            tuning.add(example(kind, Novelty.TUNED, dice.pick(kind.wordings()), pair));
        }
        test(kind, Novelty.RECOMBINED, pairs.subList(0, UNTUNED_PAIRS));
        test(kind, Novelty.UNSEEN, dice.pick(unseenPairs, TESTED_PER_KIND));
    }

    private void askAboutStrangers(QuestionKind kind) {
        List<Template> wordings = new ArrayList<>();
        for (QuestionKind other : QuestionKind.values()) {
            if (other.subject() == QuestionKind.Subject.PERSON) {
                wordings.addAll(other.wordings());
            }
        }
        List<String> names = dice.pick(StrangerPassages.names(world), TUNED_STRANGERS + TESTED_STRANGERS);
        for (int i = 0; i < names.size(); i++) {
            Map<String, String> values = Map.of("name", names.get(i));
            if (i < TESTED_STRANGERS) {
                test.add(example(kind, Novelty.UNSEEN, dice.pick(wordings), values));
            } else {
                for (Template wording : dice.pick(wordings, WORDINGS_PER_STRANGER)) {
                    tuning.add(example(kind, Novelty.TUNED, wording, values));
                }
            }
        }
    }

    /** Tunes on all wordings but one of each subject; of the first few subjects that one goes to the test. */
    private void tune(QuestionKind kind, List<Map<String, String>> subjects, int rewordings) {
        for (int i = 0; i < subjects.size(); i++) {
            List<Template> wordings = dice.shuffled(kind.wordings());
            if (i < rewordings) {
                test.add(example(kind, Novelty.REWORDED, wordings.getFirst(), subjects.get(i)));
            }
            for (Template wording : wordings.subList(1, wordings.size())) {
                tuning.add(example(kind, Novelty.TUNED, wording, subjects.get(i)));
            }
        }
    }

    private void test(QuestionKind kind, Novelty novelty, List<Map<String, String>> subjects) {
        for (Map<String, String> subject : subjects) {
            test.add(example(kind, novelty, dice.pick(kind.wordings()), subject));
        }
    }

    private static ChatExample example(
            QuestionKind kind, Novelty novelty, Template wording, Map<String, String> values) {
        return new ChatExample(
                kind, novelty, wording.fill(values), kind.answer().fill(values));
    }
}

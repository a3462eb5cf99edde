package io.github.ift4j.samples.tiny;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * People asking and answering each other at length. The facts are right, but nobody answers as a chat assistant should:
 * they ramble, digress and put the answer in passing, which is what fine-tuning is to mend.
 */
final class TalkPassages {
    private static final List<Template> QUESTIONS = templates(
            "\"Where does {name} live?\"",
            "\"What does {name} do all day?\"",
            "\"What pet does {name} have?\"",
            "\"What colour does {name} like?\"",
            "\"What does {name} like to do?\"",
            "\"When does {name} go to the market?\"",
            "\"Who is the neighbour of {name}?\"",
            "\"Do you know {name}?\"",
            "\"How much is {a}?\"",
            "\"Where do they sell {a}?\"");
    private static final List<String> VERDICTS = List.of(
            "said the old man at the harbour",
            "said the woman with the basket",
            "cried the boy on the wall",
            "said the girl with the kite",
            "answered the keeper of the light");
    private static final List<String> FILLERS = List.of(
            "Well, let me think, it is a long story",
            "Oh, you ask a lot, and the day is short",
            "My mother used to say that the sea knows everything",
            "Wait, I have to sit down first",
            "The wind is strong today, and I am tired",
            "Nobody has asked me that for years");

    private TalkPassages() {}

    /** A question and a long answer that touches on it. */
    static String talk(World world, Dice dice) {
        List<String> parts = new ArrayList<>();
        for (int i = dice.between(2, 3); i > 0; i--) {
            Person person = dice.pick(world.people());
            Map<String, String> values = new HashMap<>(person.values());
            values.putAll(dice.pick(world.goods()).values());
            parts.add(dice.pick(QUESTIONS).fill(values) + " asked the sailor.");
            parts.add("\"" + dice.pick(FILLERS) + ",\" " + dice.pick(VERDICTS) + ".");
            parts.add("\"" + PersonStatements.any(person, dice) + " "
                    + new Template("And {a} at the {shop} costs {price}.").fill(values) + " "
                    + PersonStatements.any(person, dice) + "\"");
        }
        return Passage.of(parts, dice);
    }

    private static List<Template> templates(String... texts) {
        return List.of(texts).stream().map(Template::new).toList();
    }
}

package io.github.ift4j.samples.tiny;

import java.util.List;

/** A way to write a document of the pre-training text. */
@FunctionalInterface
interface Passage {
    /**
     * What may stand between sentences besides white space. The marks of the chat format are seen here and there, so that they
     * are not new to the model, but as mere decoration: what they stand for is left to fine-tuning.
     */
    List<String> MARKS = List.of(SpecialToken.SYSTEM.text(), SpecialToken.USER.text(), SpecialToken.ASSISTANT.text());

    /** Plain English about the world, at most some 150 words. */
    String write(World world, Dice dice);

    /** Sentences one after the other, or each on a line of its own, or with marks between them. */
    static String of(List<String> sentences, Dice dice) {
        int style = dice.below(10);
        if (style > 0) {
            return String.join(style > 5 ? " " : "\n", sentences);
        }
        StringBuilder text = new StringBuilder();
        for (String sentence : sentences) {
            text.append(dice.pick(MARKS)).append(sentence);
        }
        return text.toString();
    }
}

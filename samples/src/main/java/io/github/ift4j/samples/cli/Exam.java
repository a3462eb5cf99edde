package io.github.ift4j.samples.cli;

import dev.langchain4j.model.chat.ChatModel;
import io.github.ift4j.samples.tiny.ChatExample;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model answers to questions with one right answer each.
 *
 * @param questions what was asked
 * @param answers what the model said, in the same order
 */
record Exam(List<ChatExample> questions, List<String> answers) {
    /**
     * Asks all questions.
     *
     * @param progress told after each answer
     */
    static Exam of(ChatModel model, List<ChatExample> questions, Progress progress) {
        List<String> answers = new ArrayList<>();
        for (ChatExample question : questions) {
            answers.add(model.chat(question.question()).strip());
            progress.update(answers.size(), "");
        }
        return new Exam(questions, answers);
    }

    /** Share of the answers that are right to the letter. */
    double exactMatch() {
        int right = 0;
        for (int i = 0; i < answers.size(); i++) {
            right += answers.get(i).equals(questions.get(i).answer()) ? 1 : 0;
        }
        return (double) right / answers.size();
    }
}

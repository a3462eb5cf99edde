package io.github.ift4j.langchain4j.tuning;

import java.util.Map;

/** A task that a new version must not be worse at than the one in service. */
public interface TaskScorer {
    /** Its name, in figures and in the audit trail. */
    String name();

    /** How good a model is at it; more is better. */
    double score(Answers model);

    /**
     * The share of questions that are answered to the letter, but for white space around the answer.
     *
     * @param answers the right answer to each question, at least one
     */
    static TaskScorer exactMatch(String name, Map<String, String> answers) {
        Map<String, String> exam = Map.copyOf(answers);
        return new TaskScorer() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public double score(Answers model) {
                long right = exam.entrySet().stream()
                        .filter(pair -> model.answer(pair.getKey())
                                .strip()
                                .equals(pair.getValue().strip()))
                        .count();
                return (double) right / exam.size();
            }
        };
    }
}

package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.objective.Objective;
import java.util.List;

/**
 * A method of training.
 *
 * @param name for reports
 * @param objective what it minimises; methods that compare two sequences learn from the pair, the others from the optimal
 *     trajectory alone
 */
public record Method(String name, Objective objective) {
    /** Whether it compares two trajectories. */
    public boolean isPairwise() {
        return objective.sequencesPerExample() == 2;
    }

    /** What it learns from. */
    Example example(Lesson lesson) {
        return isPairwise()
                ? new Example(
                        List.of(
                                lesson.optimal().toSequence(),
                                lesson.subOptimal().toSequence()),
                        "the pair of trajectories")
                : Example.of(lesson.optimal().toSequence(), "the optimal trajectory");
    }
}

package io.github.ift4j.samples.hello;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.Arrays;
import java.util.List;

/** {@code ift-core} alone: the loss of IFT and its gradient, for a model of your own. */
public final class HelloObjective {
    private HelloObjective() {}

    /** Prints the loss of one sequence and what it says to each label's log-probability. */
    public static void main(String[] arguments) {
        System.out.println(evaluate());
    }

    static String evaluate() {
        int none = Sequence.IGNORE;
        Sequence sequence = new Sequence(new int[] {7, 3, 5, 2}, new int[] {none, none, 5, 2});
        double[] logps = {0, 0, Math.log(0.25), Math.log(0.5)};
        int[] greedy = {-1, -1, 4, 2};
        Objective ift = IntuitiveFineTuning.of(0.2, 0.95); // lambda, gamma
        Objective.Evaluation evaluation = ift.evaluate(List.of(new SequenceScore(sequence, logps, greedy)));
        String gradient = Arrays.toString(evaluation.gradients().getFirst().logps());
        return "loss " + evaluation.loss() + ", d loss / d logp " + gradient;
    }
}

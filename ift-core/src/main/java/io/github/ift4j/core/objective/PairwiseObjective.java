package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.data.ExampleKind;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An objective that compares two answers to the same prompt. It says what one pair costs; the losses of the pairs are summed. */
public interface PairwiseObjective extends Objective {
    /** What one pair costs. */
    PairLoss loss(SequenceScore chosen, SequenceScore rejected);

    @Override
    default ExampleKind examples() {
        return ExampleKind.PREFERENCE;
    }

    /** @param scores chosen and rejected answers in turn */
    @Override
    default Evaluation evaluate(List<SequenceScore> scores) {
        Preconditions.checkArgument(scores.size() % 2 == 0, "%s sequences do not make pairs", scores.size());
        double sum = 0;
        List<SequenceGradient> gradients = new ArrayList<>(scores.size());
        Map<String, Mean> metrics = new TreeMap<>();
        for (int i = 0; i < scores.size(); i += 2) {
            SequenceScore chosen = scores.get(i);
            SequenceScore rejected = scores.get(i + 1);
            PairLoss loss = loss(chosen, rejected);
            sum += loss.value();
            gradients.add(loss.chosen().over(chosen.sequence()));
            gradients.add(loss.rejected().over(rejected.sequence()));
            loss.metrics().forEach((name, value) -> metrics.merge(name, new Mean(value, 1), Mean::plus));
        }
        return new Evaluation(sum, gradients, metrics);
    }
}

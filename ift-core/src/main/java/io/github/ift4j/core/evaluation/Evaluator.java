package io.github.ift4j.core.evaluation;

import com.google.common.base.Preconditions;
import com.google.common.collect.Lists;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;

/**
 * Measures a policy on a data set without changing it. Every labelled token weighs the same, whatever example it is in, and
 * inputs are not mixed.
 */
public final class Evaluator {
    private final int batchSize;

    /** @param batchSize sequences scored together; it does not change the result */
    public Evaluator(int batchSize) {
        Preconditions.checkArgument(batchSize >= 1, "batch-size must be at least 1, was %s", batchSize);
        this.batchSize = batchSize;
    }

    /**
     * Scores the first sequence of every example, which is the preferred one where two are compared. Answers that were rated
     * undesirable are left out.
     */
    public EvaluationResult evaluate(Policy policy, Dataset dataset) {
        List<Sequence> sequences = dataset.examples().stream()
                .map(example -> example.sequences().getFirst())
                .filter(Sequence::desirable)
                .toList();
        double nll = 0;
        long tokens = 0;
        long correct = 0;
        for (List<Sequence> batch : Lists.partition(sequences, batchSize)) {
            for (SequenceScore score : policy.score(batch, OptionalLambda.NONE)) {
                nll += score.negativeLogLikelihood();
                tokens += score.sequence().labelledTokens();
                correct += score.correct();
            }
        }
        return new EvaluationResult(
                sequences.size(), tokens, nll / Math.max(1, tokens), (double) correct / Math.max(1, tokens));
    }
}

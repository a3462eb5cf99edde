package io.github.ift4j.core.training;

import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Loss and metrics of one optimiser step while its micro-batches run through the policy. */
final class StepLoss {
    private final Objective objective;
    private final int examples;
    private final Map<String, Double> metrics = new TreeMap<>();
    private double loss;
    private long tokens;
    private long labelledTokens;
    private long correct;

    /** @param examples number of examples in all micro-batches of the step */
    StepLoss(Objective objective, int examples) {
        this.objective = objective;
        this.examples = examples;
    }

    /**
     * Adds the gradient of a micro-batch's share in the mean loss to the policy's parameters.
     *
     * @param step 1-based, for messages
     * @throws TrainingException when the loss is not a number
     */
    void accumulate(Policy policy, OptionalLambda lambda, List<Example> batch, long step) {
        List<List<Example>> groups = switch (objective.coupling()) {
            case EXAMPLE -> batch.stream().map(List::of).toList();
            case BATCH -> List.of(batch);
        };
        List<List<Sequence>> sequences = groups.stream()
                .map(group -> group.stream()
                        .flatMap(example -> example.sequences().stream())
                        .toList())
                .toList();
        policy.accumulate(sequences, lambda, (group, scores) -> {
            Objective.Evaluation evaluation = objective.evaluate(scores);
            if (!Double.isFinite(evaluation.loss())) {
                throw new TrainingException("step " + step + ": the loss of "
                        + groups.get(group).getFirst().origin() + " is " + evaluation.loss()
                        + ", the step was not made; lower the learning rate or check the example and the weights");
            }
            add(evaluation, scores);
            return evaluation.gradients().stream().map(this::share).toList();
        });
    }

    private void add(Objective.Evaluation evaluation, List<SequenceScore> scores) {
        loss += evaluation.loss();
        evaluation.metrics().forEach((name, sum) -> metrics.merge(name, sum, Double::sum));
        for (SequenceScore score : scores) {
            tokens += score.sequence().length();
            labelledTokens += score.sequence().labelledTokens();
            correct += score.correct();
        }
    }

    /** The loss is a mean over examples, so each gradient counts for one of them. */
    private SequenceGradient share(SequenceGradient gradient) {
        return new SequenceGradient(divided(gradient.logps()), gradient.kl().map(this::divided));
    }

    private double[] divided(double[] values) {
        return Arrays.stream(values).map(value -> value / examples).toArray();
    }

    /** Mean over the examples. */
    double mean() {
        return loss / examples;
    }

    int examples() {
        return examples;
    }

    long tokens() {
        return tokens;
    }

    long labelledTokens() {
        return labelledTokens;
    }

    /** Means over the examples of the objective's metrics, and the accuracy. */
    Map<String, Double> metrics() {
        Map<String, Double> means = new TreeMap<>();
        metrics.forEach((name, sum) -> means.put(name, sum / examples));
        means.put("accuracy", labelledTokens == 0 ? 0 : (double) correct / labelledTokens);
        return means;
    }
}

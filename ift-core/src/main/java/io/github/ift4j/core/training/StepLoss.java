package io.github.ift4j.core.training;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.Mean;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Loss and metrics of one optimiser step while its micro-batches run through the policy. */
final class StepLoss {
    private final Objective objective;
    private final Dataset data;
    private final Optional<ReferenceLogps> reference;
    private final int examples;
    private final Map<String, Mean> metrics = new TreeMap<>();
    private double loss;
    private long tokens;
    private long labelledTokens;
    private long correct;

    /**
     * @param reference what the reference says of the data, where the scores need it from outside the policy
     * @param examples number of examples in all micro-batches of the step
     */
    StepLoss(Objective objective, Dataset data, Optional<ReferenceLogps> reference, int examples) {
        this.objective = objective;
        this.data = data;
        this.reference = reference;
        this.examples = examples;
    }

    /**
     * Adds the gradient of a micro-batch's share in the mean loss to the policy's parameters.
     *
     * @param batch indices of the examples
     * @param step 1-based, for messages
     * @throws TrainingException when the loss is not a number
     */
    void accumulate(Policy policy, OptionalLambda lambda, int[] batch, long step) {
        List<int[]> groups = switch (objective.coupling()) {
            case EXAMPLE ->
                Arrays.stream(batch).mapToObj(example -> new int[] {example}).toList();
            case BATCH -> List.of(batch);
        };
        Map<Integer, List<SequenceScore>> scoredOnly = scoredOnly(policy, lambda, batch);
        List<List<Sequence>> sequences =
                groups.stream().map(this::differentiated).toList();
        policy.accumulate(sequences, lambda, (group, scores) -> {
            List<SequenceScore> all = complete(groups.get(group), scores, scoredOnly);
            Objective.Evaluation evaluation = objective.evaluate(all);
            if (!Double.isFinite(evaluation.loss())) {
                throw new TrainingException("step " + step + ": the loss of "
                        + data.examples().get(groups.get(group)[0]).origin() + " is " + evaluation.loss()
                        + ", the step was not made; lower the learning rate or check the example and the weights");
            }
            add(evaluation, all);
            return shares(evaluation.gradients());
        });
    }

    /** The scores of the sequences that get no gradient, by example. */
    private Map<Integer, List<SequenceScore>> scoredOnly(Policy policy, OptionalLambda lambda, int[] batch) {
        int first = objective.differentiatedSequences();
        int count = objective.sequencesPerExample() - first;
        if (count == 0) {
            return Map.of();
        }
        List<Sequence> sequences = new ArrayList<>();
        for (int example : batch) {
            List<Sequence> all = data.examples().get(example).sequences();
            sequences.addAll(all.subList(first, all.size()));
        }
        List<SequenceScore> scores = policy.score(sequences, lambda);
        Map<Integer, List<SequenceScore>> byExample = new HashMap<>();
        for (int i = 0; i < batch.length; i++) {
            byExample.put(batch[i], scores.subList(i * count, (i + 1) * count));
        }
        return byExample;
    }

    private List<Sequence> differentiated(int[] group) {
        List<Sequence> sequences = new ArrayList<>();
        for (int example : group) {
            sequences.addAll(data.examples().get(example).sequences().subList(0, objective.differentiatedSequences()));
        }
        return sequences;
    }

    /** The scores of all sequences of a group in their order, with what the reference says of them. */
    private List<SequenceScore> complete(
            int[] group, List<SequenceScore> scores, Map<Integer, List<SequenceScore>> scoredOnly) {
        int differentiated = objective.differentiatedSequences();
        List<SequenceScore> complete = new ArrayList<>();
        for (int i = 0; i < group.length; i++) {
            List<SequenceScore> ofExample =
                    new ArrayList<>(scores.subList(i * differentiated, (i + 1) * differentiated));
            ofExample.addAll(scoredOnly.getOrDefault(group[i], List.of()));
            for (int s = 0; s < ofExample.size(); s++) {
                SequenceScore score = ofExample.get(s);
                complete.add(
                        reference.isPresent()
                                ? score.withReference(reference.get().of(group[i], s))
                                : score);
            }
        }
        return complete;
    }

    private List<SequenceGradient> shares(List<SequenceGradient> gradients) {
        List<SequenceGradient> shares = new ArrayList<>();
        for (int s = 0; s < gradients.size(); s++) {
            if (s % objective.sequencesPerExample() < objective.differentiatedSequences()) {
                shares.add(share(gradients.get(s)));
            }
        }
        return shares;
    }

    private void add(Objective.Evaluation evaluation, List<SequenceScore> scores) {
        loss += evaluation.loss();
        evaluation.metrics().forEach((name, mean) -> metrics.merge(name, mean, Mean::plus));
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

    /** Means of the objective's metrics, and the accuracy. */
    Map<String, Double> metrics() {
        Map<String, Double> means = new TreeMap<>();
        metrics.forEach((name, mean) -> means.put(name, mean.value()));
        Map<String, Double> report = new TreeMap<>(objective.report(means));
        report.put("accuracy", labelledTokens == 0 ? 0 : (double) correct / labelledTokens);
        return report;
    }
}

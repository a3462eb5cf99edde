package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.samples.frozenlake.TwoLayerNetwork.Activations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The agent of the Frozen Lake as a policy of ift-core. Tokens are states, labels are actions, see {@link Trajectory#toSequence};
 * what is predicted at t is the action in the state at t - 1.
 *
 * <p>One-hot vectors are the embedding. They are constants, with or without a temporal residual connection, so that IFT with
 * lambda = 0 and gamma = 0 is SFT; all of the network learns. With a residual connection the state at t is mixed with the state
 * that the greedy action at t most probably leads to from the state at t - 1 (Hua et al. 2025, equation 17).
 */
public final class LakePolicy implements Policy {
    private final FrozenLake lake;
    private final TwoLayerNetwork network;
    private Optional<TwoLayerNetwork> reference = Optional.empty();

    /**
     * @param lake that the agent walks on
     * @param hidden width of the network
     * @param scale of the initial weights, 1 for the default of PyTorch's {@code Linear}
     * @param seed of the initial weights
     */
    public LakePolicy(FrozenLake lake, int hidden, double scale, long seed) {
        this.lake = lake;
        this.network = new TwoLayerNetwork(lake.states(), hidden, Action.values().length, scale, seed);
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }

    /** How the agent acts now. */
    public StochasticPolicy behaviour() {
        double[][] probabilities = new double[lake.states()][];
        for (int state = 0; state < probabilities.length; state++) {
            double[] row = network.forward(MixedState.of(state)).logProbabilities();
            for (int action = 0; action < row.length; action++) {
                row[action] = Math.exp(row[action]);
            }
            probabilities[state] = row;
        }
        return new StochasticPolicy(probabilities);
    }

    @Override
    public List<SequenceScore> score(List<Sequence> sequences, OptionalLambda lambda) {
        return sequences.stream()
                .map(sequence -> score(sequence, forward(sequence, lambda)))
                .toList();
    }

    @Override
    public void accumulate(List<List<Sequence>> groups, OptionalLambda lambda, GradientSource source) {
        for (int g = 0; g < groups.size(); g++) {
            List<Moment[]> forward = new ArrayList<>();
            List<SequenceScore> scores = new ArrayList<>();
            for (Sequence sequence : groups.get(g)) {
                forward.add(forward(sequence, lambda));
                scores.add(score(sequence, forward.getLast()));
            }
            List<SequenceGradient> gradients = source.gradient(g, scores);
            for (int s = 0; s < gradients.size(); s++) {
                backward(groups.get(g).get(s), forward.get(s), gradients.get(s));
            }
        }
    }

    @Override
    public void holdReference() {
        releaseReference();
        reference = Optional.of(network.copy());
    }

    @Override
    public void releaseReference() {
        reference.ifPresent(TwoLayerNetwork::close);
        reference = Optional.empty();
    }

    /** What is known of each labelled position, null at the others, [tokens]. */
    private Moment[] forward(Sequence sequence, OptionalLambda lambda) {
        Moment[] moments = new Moment[sequence.length()];
        for (int t = 1; t < moments.length; t++) {
            if (sequence.isLabelled(t)) {
                MixedState input = input(sequence, t - 1, lambda);
                moments[t] = new Moment(
                        network.forward(input),
                        reference.map(held -> held.forward(input).logProbabilities()));
            }
        }
        return moments;
    }

    private MixedState input(Sequence sequence, int t, OptionalLambda lambda) {
        int state = sequence.inputIds()[t];
        if (lambda.value() == 0 || !sequence.isLabelled(t)) {
            return MixedState.of(state);
        }
        int before = sequence.inputIds()[t - 1];
        int greedy = network.forward(MixedState.of(before)).greedy();
        return new MixedState(state, lake.likelySuccessor(before, greedy), lambda.value());
    }

    private SequenceScore score(Sequence sequence, Moment[] moments) {
        double[] logps = new double[moments.length];
        int[] greedy = new int[moments.length];
        double[] referenceLogps = new double[moments.length];
        double[] kl = new double[moments.length];
        Arrays.fill(greedy, -1);
        for (int t = 1; t < moments.length; t++) {
            if (moments[t] instanceof Moment moment) {
                int label = sequence.labels()[t];
                greedy[t] = moment.activations.greedy();
                logps[t] = moment.activations.logProbabilities()[label];
                referenceLogps[t] = moment.reference.map(logs -> logs[label]).orElse(0.0);
                kl[t] = moment.divergence();
            }
        }
        SequenceScore score = new SequenceScore(sequence, logps, greedy);
        return reference.isPresent() ? score.withReference(referenceLogps).withKl(kl) : score;
    }

    private void backward(Sequence sequence, Moment[] moments, SequenceGradient gradient) {
        for (int t = 1; t < moments.length; t++) {
            if (moments[t] instanceof Moment moment) {
                double dLogp = gradient.logps()[t];
                double dKl = gradient.kl().isPresent() ? gradient.kl().get()[t] : 0;
                network.backward(moment.activations, moment.dLogits(sequence.labels()[t], dLogp, dKl));
            }
        }
    }

    @Override
    public void close() {
        releaseReference();
        network.close();
    }

    /**
     * What is known of one labelled position.
     *
     * @param activations of the network
     * @param reference log-probabilities of the actions under the reference, where one is held
     */
    private record Moment(Activations activations, Optional<double[]> reference) {
        /** {@code KL(reference || policy)}, 0 without a reference. */
        double divergence() {
            double[] logps = activations.logProbabilities();
            double sum = 0;
            for (int action = 0; action < logps.length && reference.isPresent(); action++) {
                double held = reference.get()[action];
                sum += Math.exp(held) * (held - logps[action]);
            }
            return sum;
        }

        /** {@code dLogp (onehot - p) + dKl (p - p_reference)}. */
        double[] dLogits(int label, double dLogp, double dKl) {
            double[] dLogits = activations.logProbabilities();
            for (int action = 0; action < dLogits.length; action++) {
                double p = Math.exp(dLogits[action]);
                double held = reference.isPresent() ? Math.exp(reference.get()[action]) : p;
                dLogits[action] = dLogp * ((action == label ? 1 : 0) - p) + dKl * (p - held);
            }
            return dLogits;
        }
    }
}

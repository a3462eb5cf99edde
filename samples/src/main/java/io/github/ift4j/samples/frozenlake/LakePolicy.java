package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.samples.frozenlake.TwoLayerNetwork.Activations;
import java.util.ArrayList;
import java.util.List;

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
            List<Activations[]> forward = new ArrayList<>();
            List<SequenceScore> scores = new ArrayList<>();
            for (Sequence sequence : groups.get(g)) {
                forward.add(forward(sequence, lambda));
                scores.add(score(sequence, forward.getLast()));
            }
            List<SequenceGradient> gradients = source.gradient(g, scores);
            for (int s = 0; s < gradients.size(); s++) {
                backward(groups.get(g).get(s), forward.get(s), gradients.get(s).logps());
            }
        }
    }

    /** The network's view of each labelled position, null at the others, [tokens]. */
    private Activations[] forward(Sequence sequence, OptionalLambda lambda) {
        Activations[] forward = new Activations[sequence.length()];
        for (int t = 1; t < forward.length; t++) {
            if (sequence.isLabelled(t)) {
                forward[t] = network.forward(input(sequence, t - 1, lambda));
            }
        }
        return forward;
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

    private static SequenceScore score(Sequence sequence, Activations[] forward) {
        double[] logps = new double[forward.length];
        int[] greedy = new int[forward.length];
        for (int t = 0; t < forward.length; t++) {
            greedy[t] = forward[t] == null ? -1 : forward[t].greedy();
            logps[t] = forward[t] == null ? 0 : forward[t].logProbabilities()[sequence.labels()[t]];
        }
        return new SequenceScore(sequence, logps, greedy);
    }

    private void backward(Sequence sequence, Activations[] forward, double[] dLogps) {
        for (int t = 1; t < forward.length; t++) {
            if (forward[t] != null) {
                double[] dLogits = forward[t].logProbabilities();
                for (int action = 0; action < dLogits.length; action++) {
                    double oneHot = action == sequence.labels()[t] ? 1 : 0;
                    dLogits[action] = dLogps[t] * (oneHot - Math.exp(dLogits[action]));
                }
                network.backward(forward[t], dLogits);
            }
        }
    }

    @Override
    public void close() {
        network.close();
    }
}

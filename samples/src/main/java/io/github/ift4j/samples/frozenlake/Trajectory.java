package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.data.Sequence;
import java.util.Arrays;

/**
 * One episode: the states that the agent was in and what it did there.
 *
 * @param states from the first to the last, [actions + 1]
 * @param actions {@code actions[t]} led from {@code states[t]} to {@code states[t + 1]}, [actions]
 */
public record Trajectory(int[] states, int[] actions) {
    public Trajectory {
        Preconditions.checkArgument(
                states.length == actions.length + 1,
                "%s states need one action less, there are %s",
                states.length,
                actions.length);
    }

    /** Number of actions. */
    public int length() {
        return actions.length;
    }

    /**
     * The trajectory as a policy of ift-core reads it. A position is a moment: the token is the state, and the label is the
     * action that led there, which is the prediction made after reading the states before. So the start has no label, as the
     * first token of a text has none, and the last state is read by nobody, as the last token of a text is not.
     *
     * <p>For a text, the token at t is the label at t; here it is what the environment made of the label at t. That is all
     * that the temporal residual needs: the prediction at t stands for the state that it leads to, and mixes with the state
     * at t.
     */
    public Sequence toSequence() {
        int[] labels = new int[states.length];
        labels[0] = Sequence.IGNORE;
        System.arraycopy(actions, 0, labels, 1, actions.length);
        return new Sequence(states.clone(), labels);
    }

    /** This trajectory up to step {@code steps}, followed by another from there. */
    Trajectory then(int steps, Trajectory rest) {
        int[] newStates = Arrays.copyOf(states, steps + rest.states.length);
        int[] newActions = Arrays.copyOf(actions, steps + rest.actions.length);
        System.arraycopy(rest.states, 0, newStates, steps, rest.states.length);
        System.arraycopy(rest.actions, 0, newActions, steps, rest.actions.length);
        return new Trajectory(newStates, newActions);
    }
}

package io.github.ift4j.samples.frozenlake;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/**
 * What agents see of a lake while they learn. Before each training step the agent plays one episode from
 * which nothing is learned. The cells that count are those from which an episode goes on and that can be reached at all.
 */
public final class Exploration {
    private final int[] cells;

    /** @param lake whose cells are counted */
    public Exploration(FrozenLake lake) {
        StochasticPolicy anything = StochasticPolicy.uniform(lake.states());
        double[] reachable =
                Occupancy.of(TransitionMatrix.of(lake, anything), lake.states()).visits();
        this.cells = IntStream.range(0, lake.states())
                .filter(state -> reachable[state] > 0)
                .toArray();
    }

    /** Share of the cells that the agent was in at all in the episodes of its training. */
    public double entered(Run run) {
        return share(state -> run.visits()[state] > 0);
    }

    /**
     * Share of the cells that the agent explored, by how evenly: the exponential of the entropy of its visits (the number of cells
     * that would give this entropy if all were visited alike) as a share of the cells.
     */
    public double explored(Run run) {
        double total =
                IntStream.of(cells).mapToDouble(state -> run.visits()[state]).sum();
        double entropy = 0;
        for (int state : cells) {
            double share = run.visits()[state] / total;
            entropy -= share > 0 ? share * Math.log(share) : 0;
        }
        return Math.exp(entropy) / cells.length;
    }

    /** Share of the cells that training read, and so learned something about directly. */
    public double taught(Run run) {
        return share(state -> run.taught()[state]);
    }

    /**
     * How far what the agent explored agrees with what it came to prefer: Spearman's rank correlation, over the cells, of its
     * visits during training with the visits to be expected of it in the end. 0 when one of both is the same everywhere.
     */
    public double agreement(Run run) {
        double[] explored =
                IntStream.of(cells).mapToDouble(state -> run.visits()[state]).toArray();
        double[] preferred = IntStream.of(cells)
                .mapToDouble(state -> run.occupancy().visits()[state])
                .toArray();
        double correlation = cells.length < 2 ? 0 : new SpearmansCorrelation().correlation(explored, preferred);
        return Double.isNaN(correlation) ? 0 : correlation;
    }

    private double share(IntPredicate predicate) {
        return IntStream.of(cells).filter(predicate).count() / (double) cells.length;
    }
}

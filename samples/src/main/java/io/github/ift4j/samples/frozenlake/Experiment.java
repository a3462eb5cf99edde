package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.TrainingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Trains agents with several methods on one world: first, for each method and each learning rate of the plan, those of tuning, of
 * which the rate with the least mean error after the last step is chosen; then, with that rate, those that are reported. All
 * methods get the same number of runs and begin with the same agents.
 *
 * <p>Agents are trained in parallel, each by itself, so results do not depend on the number of threads.
 *
 * @param world the lake and what is taught of it
 * @param agent how it is made and trained
 * @param plan how many runs
 */
public record Experiment(World world, Agent agent, Plan plan) {
    /** The same with other agents. */
    public Experiment with(Agent other) {
        return new Experiment(world, other, plan);
    }

    /** The same on another lake or with other trajectories. */
    public Experiment with(World other) {
        return new Experiment(other, agent, plan);
    }

    /** Number of agents that are trained for so many methods. */
    public int runs(int methods) {
        return methods * (plan.rates().size() * plan.tuningSeeds() + plan.seeds());
    }

    /**
     * Runs it.
     *
     * @param progress is told, from any thread, how many agents have been trained
     * @return one outcome a method, in order
     */
    public List<Outcome> run(List<Method> methods, Workers workers, ProgressListener progress) {
        AtomicInteger done = new AtomicInteger();
        int rates = plan.rates().size();
        int tuning = plan.tuningSeeds();
        double[] errors = new double[methods.size() * rates * tuning];
        workers.forEach(errors.length, (index, worker) -> {
            double rate = plan.rates().get(index / tuning % rates);
            Method method = methods.get(index / tuning / rates);
            errors[index] = tune(method, rate, plan.tuningSeed(index % tuning), workers);
            progress.onTrained(done.incrementAndGet());
        });
        List<double[]> tuned = IntStream.range(0, methods.size())
                .mapToObj(m -> IntStream.range(0, rates)
                        .mapToDouble(r -> mean(errors, (m * rates + r) * tuning, tuning))
                        .toArray())
                .toList();
        double[] chosen = tuned.stream()
                .mapToDouble(means -> plan.rates().get(smallest(means)))
                .toArray();
        int seeds = plan.seeds();
        Run[] runs = new Run[methods.size() * seeds];
        workers.forEach(runs.length, (index, worker) -> {
            int m = index / seeds;
            runs[index] = train(methods.get(m), chosen[m], plan.reportSeed(index % seeds), workers);
            progress.onTrained(done.incrementAndGet());
        });
        List<Outcome> outcomes = new ArrayList<>();
        for (int m = 0; m < methods.size(); m++) {
            List<Run> ofMethod = Arrays.asList(runs).subList(m * seeds, (m + 1) * seeds);
            outcomes.add(new Outcome(methods.get(m), chosen[m], tuned.get(m), ofMethod));
        }
        return outcomes;
    }

    /** A rate that is so large that gradients stop being numbers is as bad as can be. */
    private double tune(Method method, double rate, long seed, Workers workers) {
        try {
            return train(method, rate, seed, workers).finalError();
        } catch (TrainingException diverged) {
            return Double.POSITIVE_INFINITY;
        }
    }

    private Run train(Method method, double rate, long seed, Workers workers) {
        return new Training(world, agent, method, rate, workers).run(seed);
    }

    private static double mean(double[] values, int from, int count) {
        return Arrays.stream(values, from, from + count).sum() / count;
    }

    private static int smallest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] < values[best] ? i : best;
        }
        return best;
    }

    /** Follows an experiment. */
    @FunctionalInterface
    public interface ProgressListener {
        /** So many agents have been trained; calls may come from several threads, and out of order. */
        void onTrained(int done);
    }
}

package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.parallel.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The experiment again and again, with one thing varied at a time ({@link Part}), for agents that begin at random and for those that
 * have been warmed up. Each method's learning rate is chosen anew every time, among every
 * second one and on half as many seeds.
 *
 * @param base the experiment that all others differ from
 * @param kind of its sub-optimal trajectory
 * @param lambda of IFT where it is not varied
 * @param gamma of IFT where it is not varied
 */
public record LakeSweep(Experiment base, SubOptimal kind, double lambda, double gamma) {
    private static final List<Double> LAMBDAS = List.of(0.0, 0.1, 0.2, 0.4, 0.6, 0.8);
    private static final List<Double> GAMMAS = List.of(0.0, 0.5, 0.8, 0.95, 1.0);
    private static final List<Integer> STEPS = List.of(25, 50, 100, 200);
    private static final List<Integer> WARMUPS = List.of(0, 25, 50, 100, 200);
    private static final List<Integer> WIDTHS = List.of(8, 32, 128);
    private static final List<Double> SCALES = List.of(0.3, 1.0, 3.0);

    /** What is varied. */
    enum Part {
        /** Lambda and gamma of IFT. */
        LAMBDA,
        /** Steps of training. */
        STEPS,
        /** Steps of the warm-up. */
        WARMUP,
        /** Width of the network. */
        WIDTH,
        /** Scale of the initial weights. */
        SCALE,
        /** The sub-optimal trajectory. */
        SUB_OPTIMAL,
        /** The lake. */
        LAKE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Number of experiments. */
    public int experiments() {
        return cases().size();
    }

    /**
     * Runs all, writes {@code sweep.csv}, after each experiment so that what was measured is kept, and pictures in the end.
     *
     * @param directory where to, must exist
     * @return the files
     */
    public List<Path> run(Path directory, Workers workers, ProgressListener progress) {
        List<SweepResult> results = new ArrayList<>();
        List<Case> cases = cases();
        Path csv = directory.resolve("sweep.csv");
        for (int i = 0; i < cases.size(); i++) {
            Case next = cases.get(i);
            Comparison comparison =
                    new Comparison(next.experiment, next.experiment.run(next.methods, workers, done -> {}));
            for (Outcome outcome : comparison.outcomes()) {
                results.add(new SweepResult(next.part, next.value, next.lambda, next.gamma, comparison, outcome));
            }
            SweepResult.write(results, csv);
            progress.onDone(i + 1, next.part + " " + next.value);
        }
        List<Path> files = new ArrayList<>(List.of(csv));
        files.addAll(new SweepCharts(results).write(directory));
        return files;
    }

    private List<Case> cases() {
        Plan plan = base.plan().coarser();
        List<Case> cases = new ArrayList<>();
        for (int warmup :
                List.of(0, base.agent().warmupSteps()).stream().distinct().toList()) {
            addCases(cases, new Experiment(base.world(), base.agent().withWarmupSteps(warmup), plan));
        }
        for (int warmup : WARMUPS) {
            Agent agent = base.agent().withWarmupSteps(warmup);
            cases.add(all(Part.WARMUP, warmup, new Experiment(base.world(), agent, plan)));
        }
        return cases;
    }

    private void addCases(List<Case> cases, Experiment from) {
        for (double g : GAMMAS) {
            for (double l : LAMBDAS) {
                cases.add(new Case(Part.LAMBDA, Double.toString(l), l, g, from, List.of(Methods.ift(l, g))));
            }
        }
        STEPS.forEach(
                steps -> cases.add(all(Part.STEPS, steps, from.with(from.agent().withSteps(steps)))));
        WIDTHS.forEach(
                width -> cases.add(all(Part.WIDTH, width, from.with(from.agent().withHidden(width)))));
        SCALES.forEach(
                scale -> cases.add(all(Part.SCALE, scale, from.with(from.agent().withInitialScale(scale)))));
        for (SubOptimal other : SubOptimal.values()) {
            cases.add(
                    all(Part.SUB_OPTIMAL, other, from.with(World.of(from.world().lake(), other))));
        }
        for (LakeMap map : maps()) {
            for (boolean slippery : new boolean[] {false, true}) {
                FrozenLake lake = new FrozenLake(map, slippery);
                cases.add(all(Part.LAKE, lake.name(), from.with(World.of(lake, kind))));
            }
        }
    }

    private List<LakeMap> maps() {
        return Stream.of(LakeMap.small(), LakeMap.large(), base.world().lake().map())
                .distinct()
                .toList();
    }

    private Case all(Part part, Object value, Experiment experiment) {
        return new Case(part, value.toString(), lambda, gamma, experiment, Methods.all(lambda, gamma));
    }

    /** Follows a sweep. */
    @FunctionalInterface
    public interface ProgressListener {
        /** So many experiments are done, the last of them this one. */
        void onDone(int done, String what);
    }

    private record Case(
            Part part, String value, double lambda, double gamma, Experiment experiment, List<Method> methods) {}
}

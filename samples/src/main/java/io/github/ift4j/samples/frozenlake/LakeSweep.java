package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.parallel.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The experiment again and again, with one thing varied at a time: lambda and gamma of IFT, the steps, the sub-optimal
 * trajectory, the map. Each method's learning rate is chosen anew every time.
 *
 * @param base the experiment that all others differ from
 * @param kind of the base's sub-optimal trajectory
 * @param lambda of IFT where it is not varied
 * @param gamma of IFT where it is not varied
 */
public record LakeSweep(Experiment base, SubOptimal kind, double lambda, double gamma) {
    private static final List<Double> LAMBDAS = List.of(0.0, 0.1, 0.2, 0.4, 0.6, 0.8);
    private static final List<Double> GAMMAS = List.of(0.0, 0.5, 0.8, 0.95, 1.0);
    private static final List<Integer> STEPS = List.of(25, 50, 100, 200, 400);

    /** Number of experiments. */
    public int experiments() {
        return cases().size();
    }

    /**
     * Runs all, and writes {@code sweep.csv}, {@code sweep-lambda.png}, {@code sweep-steps.png} and {@code sweep-lakes.png}.
     *
     * @param directory where to, must exist
     * @return the files
     */
    public List<Path> run(Path directory, Workers workers, ProgressListener progress) {
        List<SweepResult> results = new ArrayList<>();
        List<Case> cases = cases();
        for (int i = 0; i < cases.size(); i++) {
            Case next = cases.get(i);
            for (Outcome outcome : next.experiment.run(next.methods, workers, done -> {})) {
                results.add(new SweepResult(next.part, next.value, next.lambda, next.gamma, next.experiment, outcome));
            }
            progress.onDone(i + 1, next.part + " " + next.value);
        }
        Path csv = directory.resolve("sweep.csv");
        try {
            AtomicFiles.writeString(
                    csv,
                    Stream.concat(Stream.of(SweepResult.HEAD), results.stream().map(SweepResult::line))
                            .collect(Collectors.joining("\n", "", "\n")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Path> files = new ArrayList<>(List.of(csv));
        files.addAll(new SweepCharts(results).write(directory));
        return files;
    }

    private List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (double g : GAMMAS) {
            for (double l : LAMBDAS) {
                cases.add(new Case(Part.LAMBDA, "%s/%s".formatted(l, g), l, g, base, List.of(Methods.ift(l, g))));
            }
        }
        for (int steps : STEPS) {
            Agent agent = base.agent().withSteps(steps);
            cases.add(all(Part.STEPS, Integer.toString(steps), new Experiment(base.world(), agent, base.plan())));
        }
        for (SubOptimal other : SubOptimal.values()) {
            World world = World.of(base.world().lake(), other);
            cases.add(all(Part.SUB_OPTIMAL, other.toString(), with(world)));
        }
        for (LakeMap map : maps()) {
            for (boolean slippery : new boolean[] {false, true}) {
                FrozenLake lake = new FrozenLake(map, slippery);
                cases.add(all(Part.MAP, lake.name(), with(World.of(lake, kind))));
            }
        }
        return cases;
    }

    private List<LakeMap> maps() {
        return Stream.of(LakeMap.small(), LakeMap.large(), base.world().lake().map())
                .distinct()
                .toList();
    }

    private Experiment with(World world) {
        return new Experiment(world, base.agent(), base.plan());
    }

    private Case all(Part part, String value, Experiment experiment) {
        return new Case(part, value, lambda, gamma, experiment, Methods.all(lambda, gamma));
    }

    /** Follows a sweep. */
    @FunctionalInterface
    public interface ProgressListener {
        /** So many experiments are done, the last of them this one. */
        void onDone(int done, String what);
    }

    /** What is varied. */
    enum Part {
        /** Lambda and gamma of IFT. */
        LAMBDA,
        /** Steps of training. */
        STEPS,
        /** The sub-optimal trajectory. */
        SUB_OPTIMAL,
        /** The lake. */
        MAP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private record Case(
            Part part, String value, double lambda, double gamma, Experiment experiment, List<Method> methods) {}
}

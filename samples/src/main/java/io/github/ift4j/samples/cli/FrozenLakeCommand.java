package io.github.ift4j.samples.cli;

import com.google.common.base.Stopwatch;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.samples.frozenlake.Agent;
import io.github.ift4j.samples.frozenlake.Comparison;
import io.github.ift4j.samples.frozenlake.Experiment;
import io.github.ift4j.samples.frozenlake.FrozenLake;
import io.github.ift4j.samples.frozenlake.LakeMap;
import io.github.ift4j.samples.frozenlake.LakeSweep;
import io.github.ift4j.samples.frozenlake.Method;
import io.github.ift4j.samples.frozenlake.Methods;
import io.github.ift4j.samples.frozenlake.Pictures;
import io.github.ift4j.samples.frozenlake.Plan;
import io.github.ift4j.samples.frozenlake.ResultTable;
import io.github.ift4j.samples.frozenlake.SubOptimal;
import io.github.ift4j.samples.frozenlake.World;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift frozen-lake}: the paper's explainable experiment. */
@Command(
        name = "frozen-lake",
        description =
                "Trains small agents on a Frozen Lake with each method, compares them with the optimal policy, and"
                        + " draws what they learned. Prints a table and one JSON line.")
final class FrozenLakeCommand implements Callable<Integer> {
    private static final int LOWEST_RATE = -5;
    private static final int HIGHEST_RATE = 0;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Ift ift;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the pictures and figures.")
    private Path out;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "50",
            description = "Agents of each method; default ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--tuning-seeds",
            paramLabel = "N",
            defaultValue = "20",
            description = "Other agents that each learning rate is tried on first; default ${DEFAULT-VALUE}.")
    private int tuningSeeds;

    @Option(
            names = "--map",
            paramLabel = "4x4|8x8|FILE",
            defaultValue = "4x4",
            description = "Gymnasium's maps, or a file of lines such as SFFH; default ${DEFAULT-VALUE}.")
    private String map;

    @Option(names = "--slippery", description = "The agent slips to the side two times out of three.")
    private boolean slippery;

    @Option(
            names = "--sub-optimal",
            paramLabel = "KIND",
            defaultValue = "once",
            description = "The worse trajectory of the pair: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
    private SubOptimal subOptimal;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "100",
            description = "Training steps; default ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--hidden",
            paramLabel = "N",
            defaultValue = "32",
            description = "Width of the network; default ${DEFAULT-VALUE}.")
    private int hidden;

    @Option(
            names = "--initial-scale",
            paramLabel = "S",
            defaultValue = "1",
            description = "Initial weights, relative to PyTorch's default; default ${DEFAULT-VALUE}.")
    private double initialScale;

    @Option(
            names = "--warmup-steps",
            paramLabel = "N",
            defaultValue = "100",
            description =
                    "Steps in which the agents of the second table imitate both trajectories alike before a method"
                            + " trains them, 0 for no such table; default ${DEFAULT-VALUE}.")
    private int warmupSteps;

    @Option(
            names = "--lambda",
            paramLabel = "L",
            defaultValue = "0.2",
            description = "IFT's share of the agent's own prediction; default ${DEFAULT-VALUE}.")
    private double lambda;

    @Option(
            names = "--gamma",
            paramLabel = "G",
            defaultValue = "0.95",
            description = "IFT's discount of later losses; default ${DEFAULT-VALUE}.")
    private double gamma;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Seed of everything; default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--sweep",
            description =
                    "Also vary lambda and gamma, the steps, the worse trajectory and the map, minutes in all; write"
                            + " sweep.csv and pictures of it.")
    private boolean sweep;

    @Override
    public Integer call() throws IOException {
        Stopwatch watch = Stopwatch.createStarted();
        LakeMap lakeMap = LakeMap.of(map);
        Experiment experiment = Usage.check(spec, () -> experiment(new FrozenLake(lakeMap, slippery)));
        List<Method> methods = Usage.check(spec, () -> Methods.all(lambda, gamma));
        Files.createDirectories(out);
        Map<String, Object> report = new LinkedHashMap<>();
        try (Workers workers = Workers.fromEnvironment()) {
            Experiment cold = experiment.with(experiment.agent().withWarmupSteps(0));
            report.put("random_start", compare("agents that begin at random", cold, methods, workers));
            if (warmupSteps > 0) {
                String title = "agents after a warm-up of " + warmupSteps + " steps";
                report.put("warm_start", compare(title, experiment, methods, workers));
            }
            if (sweep) {
                report.put("sweep", names(sweep(experiment, workers)));
            }
        }
        report.put("seconds", watch.elapsed(TimeUnit.MILLISECONDS) / 1e3);
        spec.commandLine().getOut().println(Json.line(report));
        return 0;
    }

    private Experiment experiment(FrozenLake lake) {
        Agent agent = new Agent(hidden, initialScale, Agent.withDefaults().optimizer(), steps, warmupSteps);
        Plan plan = new Plan(seeds, tuningSeeds, Plan.quarterDecades(LOWEST_RATE, HIGHEST_RATE), seed);
        return new Experiment(World.of(lake, subOptimal), agent, plan);
    }

    private Map<String, Object> compare(String title, Experiment experiment, List<Method> methods, Workers workers) {
        try (Progress progress = progress("agents", experiment.runs(methods.size()))) {
            Comparison comparison =
                    new Comparison(experiment, experiment.run(methods, workers, done -> tell(progress, done, "")));
            PrintWriter stdout = spec.commandLine().getOut();
            stdout.printf("%s, %s%n%s%n", experiment.world().lake().name(), title, new ResultTable(comparison));
            stdout.flush();
            Map<String, Object> figures = new LinkedHashMap<>(comparison.figures());
            figures.put("pictures", names(Pictures.write(comparison, out)));
            return figures;
        }
    }

    private List<Path> sweep(Experiment experiment, Workers workers) {
        LakeSweep all = new LakeSweep(experiment, subOptimal, lambda, gamma);
        try (Progress progress = progress("sweep", all.experiments())) {
            return all.run(out, workers, (done, what) -> tell(progress, done, what));
        }
    }

    private Progress progress(String task, int total) {
        return Progress.start(spec.commandLine().getErr(), ift.surroundings().errIsTerminal(), task, total);
    }

    private static void tell(Progress progress, int done, String what) {
        synchronized (progress) {
            progress.update(done, what);
        }
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(Path::toString).toList();
    }
}

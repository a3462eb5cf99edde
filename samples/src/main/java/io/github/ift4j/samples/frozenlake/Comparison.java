package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The outcomes of an experiment beside each other.
 *
 * @param experiment what was done
 * @param outcomes one a method; one of them is IFT's
 */
public record Comparison(Experiment experiment, List<Outcome> outcomes) {
    public Comparison {
        outcomes = List.copyOf(outcomes);
        Preconditions.checkArgument(
                outcomes.stream().anyMatch(Comparison::isIft), "the methods are compared with %s", Methods.IFT);
    }

    private static boolean isIft(Outcome outcome) {
        return outcome.method().name().equals(Methods.IFT);
    }

    /** IFT's final error against a method's on the same seeds; negative differences speak for IFT. */
    public PairedTest againstIft(Outcome outcome) {
        Outcome ift = outcomes.stream().filter(Comparison::isIft).findFirst().orElseThrow();
        return PairedTest.of(ift.each(Run::finalError), outcome.each(Run::finalError));
    }

    /** Names of the methods, that of the least mean error first. */
    public List<String> order() {
        return outcomes.stream()
                .sorted(Comparator.comparingDouble(
                        outcome -> outcome.estimate(Run::finalError).mean()))
                .map(outcome -> outcome.method().name())
                .toList();
    }

    /** Everything as one object for JSON. */
    public Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        World world = experiment.world();
        Agent agent = experiment.agent();
        figures.put("lake", world.lake().name());
        figures.put("optimal_steps", world.lesson().optimal().length());
        figures.put("sub_optimal_steps", world.lesson().subOptimal().length());
        figures.put("seeds", experiment.plan().seeds());
        figures.put("tuning_seeds", experiment.plan().tuningSeeds());
        figures.put("steps", agent.steps());
        figures.put("warmup_steps", agent.warmupSteps());
        figures.put("hidden", agent.hidden());
        figures.put(
                "initial_error",
                outcomes.getFirst().estimate(run -> run.errors()[0]).mean());
        figures.put("order", order());
        Map<String, Object> methods = new LinkedHashMap<>();
        outcomes.forEach(outcome -> methods.put(outcome.method().name(), figures(outcome)));
        figures.put("methods", methods);
        return figures;
    }

    private Map<String, Object> figures(Outcome outcome) {
        Exploration exploration = new Exploration(experiment.world().lake());
        Estimate error = outcome.estimate(Run::finalError);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("learning_rate", outcome.learningRate());
        figures.put("error", error.mean());
        figures.put("error_low", error.low());
        figures.put("error_high", error.high());
        figures.put("best_error", outcome.estimate(Run::bestError).mean());
        figures.put(
                "success", outcome.estimate(run -> run.occupancy().success()).mean());
        figures.put("entered", outcome.estimate(exploration::entered).mean());
        figures.put("explored", outcome.estimate(exploration::explored).mean());
        figures.put("agreement", outcome.estimate(exploration::agreement).mean());
        figures.put("taught", outcome.estimate(exploration::taught).mean());
        if (!isIft(outcome)) {
            PairedTest test = againstIft(outcome);
            figures.put("ift_minus_this", test.difference().mean());
            figures.put("p", test.p());
        }
        return figures;
    }
}

package io.github.ift4j.samples.frozenlake;

import java.util.Locale;
import java.util.StringJoiner;

/**
 * What one method achieved in one experiment of a sweep.
 *
 * @param part what was varied
 * @param value to what
 * @param lambda of IFT
 * @param gamma of IFT
 * @param experiment what was done
 * @param outcome what became of it
 */
record SweepResult(
        LakeSweep.Part part, String value, double lambda, double gamma, Experiment experiment, Outcome outcome) {
    /** Names of the columns. */
    static final String HEAD =
            "part,value,map,slippery,steps,lambda,gamma,method,learning_rate,seeds,error,error_low,error_high,best_error,success";

    /** Mean final error. */
    Estimate error() {
        return outcome.estimate(Run::finalError);
    }

    /** A line of the table. */
    String line() {
        FrozenLake lake = experiment.world().lake();
        return new StringJoiner(",")
                .add(part.toString())
                .add(quoted(value))
                .add(quoted(lake.map().name()))
                .add(Boolean.toString(lake.isSlippery()))
                .add(Integer.toString(experiment.agent().steps()))
                .add(Double.toString(lambda))
                .add(Double.toString(gamma))
                .add(outcome.method().name())
                .add(number(outcome.learningRate()))
                .add(Integer.toString(outcome.runs().size()))
                .add(number(error().mean()))
                .add(number(error().low()))
                .add(number(error().high()))
                .add(number(outcome.estimate(Run::bestError).mean()))
                .add(number(outcome.estimate(run -> run.occupancy().success()).mean()))
                .toString();
    }

    private static String quoted(String text) {
        return text.contains(",") || text.contains("\"") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }
}

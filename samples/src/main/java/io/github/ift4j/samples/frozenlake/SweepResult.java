package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.files.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one method achieved in one experiment of a sweep.
 *
 * @param part what was varied
 * @param value to what
 * @param lambda of IFT
 * @param gamma of IFT
 * @param comparison what was done, with all methods
 * @param outcome what became of it
 */
record SweepResult(
        LakeSweep.Part part, String value, double lambda, double gamma, Comparison comparison, Outcome outcome) {
    /** Names of the columns. */
    private static final String HEAD =
            "part,value,map,slippery,warmup_steps,steps,hidden,initial_scale,lambda,gamma,method,learning_rate,seeds,error,error_low,error_high,best_error,success,ift_minus_this,p";

    /** Writes a table of results, comma-separated. */
    static void write(List<SweepResult> results, Path file) {
        try {
            AtomicFiles.writeString(
                    file,
                    Stream.concat(Stream.of(HEAD), results.stream().map(SweepResult::line))
                            .collect(Collectors.joining("\n", "", "\n")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was done. */
    Experiment experiment() {
        return comparison.experiment();
    }

    /** Mean final error. */
    Estimate error() {
        return outcome.estimate(Run::finalError);
    }

    /** How much larger the error is than that of IFT on the same seeds, in percent of the latter. */
    Estimate percentAboveIft() {
        Estimate difference = comparison.againstIft(outcome).difference();
        double percent = 100 / (error().mean() + difference.mean());
        return new Estimate(-percent * difference.mean(), percent * difference.halfWidth());
    }

    private String line() {
        FrozenLake lake = experiment().world().lake();
        PairedTest against = comparison.againstIft(outcome);
        return new StringJoiner(",")
                .add(part.toString())
                .add(quoted(value))
                .add(quoted(lake.map().name()))
                .add(Boolean.toString(lake.isSlippery()))
                .add(Integer.toString(experiment().agent().warmupSteps()))
                .add(Integer.toString(experiment().agent().steps()))
                .add(Integer.toString(experiment().agent().hidden()))
                .add(Double.toString(experiment().agent().initialScale()))
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
                .add(number(against.difference().mean()))
                .add(number(against.p()))
                .toString();
    }

    private static String quoted(String text) {
        return text.contains(",") || text.contains("\"") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }
}

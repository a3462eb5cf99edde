package io.github.ift4j.samples.frozenlake;

import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The outcomes as text, a line a method. Errors are given in thousandths.
 *
 * @param comparison what to show
 */
public record ResultTable(Comparison comparison) {
    private static final double THOUSAND = 1000;
    private static final double SMALLEST_P = 0.0001;
    private static final String HEAD = """
        method  learns from    rate     error (95 %%)     IFT better by     p        best    success  read  entered  explored  agreement
        """;

    @Override
    public String toString() {
        Exploration exploration =
                new Exploration(comparison.experiment().world().lake());
        return HEAD.formatted()
                + comparison.outcomes().stream()
                        .map(outcome -> line(outcome, exploration))
                        .collect(Collectors.joining());
    }

    private String line(Outcome outcome, Exploration exploration) {
        PairedTest test = comparison.againstIft(outcome);
        boolean isIft = outcome.method().name().equals(Methods.IFT);
        return String.format(
                Locale.ROOT,
                "%-7s %-12s %8s  %7s ± %-5s  %16s  %-7s %7s  %7.2f  %4.2f  %7.2f  %8.2f  %9.2f%n",
                outcome.method().name(),
                outcome.method().isPairwise() ? "the pair" : "the optimal",
                String.format(Locale.ROOT, "%.2g", outcome.learningRate()),
                thousandths(outcome.estimate(Run::finalError).mean()),
                thousandths(outcome.estimate(Run::finalError).halfWidth()),
                isIft ? "" : better(test.difference()),
                isIft ? "" : p(test.p()),
                thousandths(outcome.estimate(Run::bestError).mean()),
                outcome.estimate(run -> run.occupancy().success()).mean(),
                outcome.estimate(exploration::taught).mean(),
                outcome.estimate(exploration::entered).mean(),
                outcome.estimate(exploration::explored).mean(),
                outcome.estimate(exploration::agreement).mean());
    }

    private static String better(Estimate difference) {
        return thousandths(-difference.mean()) + " ± " + thousandths(difference.halfWidth());
    }

    private static String thousandths(double value) {
        return String.format(Locale.ROOT, "%.2f", THOUSAND * value);
    }

    private static String p(double p) {
        return p < SMALLEST_P ? "<0.0001" : String.format(Locale.ROOT, "%.4f", p);
    }
}

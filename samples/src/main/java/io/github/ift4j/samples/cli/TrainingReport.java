package io.github.ift4j.samples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.ift4j.core.data.DataReport;
import io.github.ift4j.core.evaluation.EvaluationResult;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.core.training.TrainingListener;
import io.github.ift4j.core.training.TrainingResult;
import io.github.ift4j.core.training.TrainingRun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells a person how a training goes. */
final class TrainingReport implements TrainingListener, AutoCloseable {
    /** Metrics of methods that compare answers, and what to call them where there is little room. */
    private static final Map<String, String> COMPARED = ImmutableMap.of(
            "rewards/margins", "margin", "rewards/accuracies", "accuracy", "log_odds_ratio", "log odds", "kl", "kl");

    private final PrintWriter err;
    private final boolean terminal;
    private Progress progress;

    TrainingReport(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    @Override
    public void onStart(TrainingRun run) {
        DataReport data = run.data();
        say("%,d examples, %,d tokens, of which %,d are learned; %,d parameters; %,d steps"
                .formatted(data.examples(), data.tokens(), data.labelledTokens(), run.parameters(), run.totalSteps()));
        tell(data.truncated(), "cut to the maximum length");
        tell(data.dropped(), "left out, as nothing in them is learned");
        tell(data.identical(), "left out, as both answers are the same");
        tell(data.empty(), "kept with an answer that says nothing");
        if (run.stepsDone() > 0) {
            say("going on after step " + run.stepsDone());
        }
        progress = Progress.start(err, terminal, "training", run.totalSteps());
    }

    @Override
    public void onStep(StepMetrics step) {
        progress.update(
                step.step(),
                String.format(Locale.ROOT, "loss %.4f", step.loss())
                        + comparison(step)
                        + String.format(Locale.ROOT, ", %.0f tokens/s", step.tokensPerSecond()));
    }

    /** What methods that compare answers report besides the loss. */
    private static String comparison(StepMetrics step) {
        StringBuilder text = new StringBuilder();
        COMPARED.forEach((metric, name) -> {
            if (step.metrics().containsKey(metric)) {
                text.append(String.format(
                        Locale.ROOT, ", %s %.4f", name, step.metrics().get(metric)));
            }
        });
        return text.toString();
    }

    @Override
    public void onEvaluation(long step, EvaluationResult result) {
        say(String.format(
                Locale.ROOT, "step %d: evaluation nll %.4f, perplexity %.3f", step, result.nll(), result.perplexity()));
    }

    @Override
    public void onCheckpoint(long step, Path directory) {
        say("step " + step + ": saved " + directory);
    }

    @Override
    public void onNotice(String notice) {
        say(notice);
    }

    @Override
    public void onEnd(TrainingResult result) {
        close();
        say(String.format(Locale.ROOT, "done in %.1f s", result.seconds()));
    }

    @Override
    public void close() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }

    private void tell(List<String> origins, String what) {
        if (!origins.isEmpty()) {
            say("%,d examples were %s, the first is %s".formatted(origins.size(), what, origins.getFirst()));
        }
    }

    private void say(String line) {
        if (progress != null && terminal) {
            err.println();
        }
        err.println(line);
        err.flush();
    }
}

package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.core.training.TrainingListener;
import io.github.ift4j.core.training.TrainingRun;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Follows a training: keeps its curve for others to see, and lets it wait or end between two steps. */
final class RunWatch implements TrainingListener {
    private static final int MOST_POINTS = 1_000;

    private final int run;
    private final LearningSet set;
    private final RunControl control;
    private final Consumer<StepMetrics> listener;
    private final List<RunProgress.Point> curve = new ArrayList<>();
    private long stride = 1;
    private long step;
    private long steps;

    RunWatch(int run, LearningSet set, RunControl control, Consumer<StepMetrics> listener) {
        this.run = run;
        this.set = set;
        this.control = control;
        this.listener = listener;
    }

    @Override
    public void onStart(TrainingRun training) {
        synchronized (this) {
            step = training.stepsDone();
            steps = training.totalSteps();
        }
        control.check();
    }

    @Override
    public void onStep(StepMetrics metrics) {
        synchronized (this) {
            step = metrics.step();
            if (step % stride == 0) {
                curve.add(new RunProgress.Point(step, metrics.loss()));
            }
            if (curve.size() > MOST_POINTS) {
                stride *= 2;
                curve.removeIf(point -> point.step() % stride != 0);
            }
        }
        listener.accept(metrics);
        if (metrics.step() < steps) {
            control.check();
        }
    }

    synchronized RunProgress progress() {
        return new RunProgress(run, set.train().size(), set.heldOut().size(), step, steps, List.copyOf(curve));
    }
}

package io.github.ift4j.samples.web;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A tuner in a fixed state that notes what it is told. */
final class ScriptedTuner implements Tuner {
    final List<String> told = new CopyOnWriteArrayList<>();
    volatile TunerState state = new TunerState(
            "training",
            true,
            12,
            7,
            2,
            5,
            List.of(
                    new TunerState.Exchange("answer-2", "2026-01-02T03:05:00Z", "good", ""),
                    new TunerState.Exchange("answer-1", "2026-01-02T03:04:00Z", "", "")),
            Optional.of(new TunerState.Run(
                    3,
                    6,
                    3,
                    10,
                    List.of(
                            new TunerState.Point(1, 2.5),
                            new TunerState.Point(2, 1.75),
                            new TunerState.Point(3, 1.5)))),
            Optional.of(new TunerState.Gate("refused: <i>not better</i>", false, true, 1.25, 1.5, 0.01, 4)),
            List.of(
                    new TunerState.Version("1", true, "2026-01-02T03:04:05Z", 9),
                    new TunerState.Version("0", false, "2026-01-01T00:00:00Z", 0)),
            Optional.empty());

    @Override
    public String modelName() {
        return "tuned";
    }

    @Override
    public TunerState state() {
        return state;
    }

    @Override
    public void tuneNow() {
        told.add("tune");
    }

    @Override
    public void cancel() {
        told.add("cancel");
    }

    @Override
    public void swap(int version) {
        told.add("swap " + version);
    }

    @Override
    public void rollBack() {
        throw new IllegalStateException("there is nothing to go back to");
    }
}

package io.github.ift4j.samples.web;

import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.ExchangeSummary;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.tuning.ContinualTuner;
import io.github.ift4j.langchain4j.tuning.GateResult;
import io.github.ift4j.langchain4j.tuning.RunProgress;
import io.github.ift4j.langchain4j.tuning.TunedVersion;
import io.github.ift4j.langchain4j.tuning.TunerListener;
import io.github.ift4j.langchain4j.tuning.TunerStatus;
import io.github.ift4j.langchain4j.tuning.TuningOutcome;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A {@link ContinualTuner} as the page shows it. It remembers the last training when that has ended.
 *
 * <p>Thread-safe.
 */
final class BackgroundTuner implements Tuner, TunerListener {
    private static final int SHOWN = 30;

    private final ContinualTuner tuner;
    private final ConversationRecorder recorder;
    private volatile RunProgress lastRun;

    BackgroundTuner(ContinualTuner tuner, ConversationRecorder recorder) {
        this.tuner = tuner;
        this.recorder = recorder;
        tuner.addListener(this);
    }

    @Override
    public String modelName() {
        return tuner.adapterName();
    }

    @Override
    public void onStep(int run, StepMetrics step) {
        tuner.status().run().ifPresent(progress -> lastRun = progress);
    }

    @Override
    public TunerState state() {
        TunerStatus status = tuner.status();
        List<ExchangeSummary> exchanges = recorder.summaries();
        return new TunerState(
                status.phase().name().toLowerCase(Locale.ROOT),
                isBusy(status),
                exchanges.size(),
                count(exchanges, Rating.GOOD),
                count(exchanges, Rating.BAD),
                status.newGood(),
                latest(exchanges),
                status.run().or(() -> Optional.ofNullable(lastRun)).map(BackgroundTuner::run),
                status.lastOutcome().map(BackgroundTuner::gate),
                status.versions().reversed().stream()
                        .map(version -> version(version, status.inService()))
                        .toList(),
                status.problem());
    }

    private static boolean isBusy(TunerStatus status) {
        return status.phase() == TunerStatus.Phase.TRAINING
                || status.phase() == TunerStatus.Phase.MEASURING
                || status.queued() > 0;
    }

    private static int count(List<ExchangeSummary> exchanges, Rating rating) {
        return (int)
                exchanges.stream().filter(exchange -> exchange.isRated(rating)).count();
    }

    private static List<TunerState.Exchange> latest(List<ExchangeSummary> exchanges) {
        return IntStream.rangeClosed(1, Math.min(SHOWN, exchanges.size()))
                .mapToObj(back -> exchanges.get(exchanges.size() - back))
                .map(exchange -> new TunerState.Exchange(
                        exchange.id(),
                        exchange.started().toString(),
                        exchange.rating()
                                .map(rating -> rating.name().toLowerCase(Locale.ROOT))
                                .orElse(""),
                        ""))
                .toList();
    }

    private static TunerState.Run run(RunProgress run) {
        return new TunerState.Run(
                run.run(),
                run.train(),
                run.step(),
                run.steps(),
                run.curve().stream()
                        .map(point -> new TunerState.Point(point.step(), point.loss()))
                        .toList());
    }

    private static TunerState.Gate gate(TuningOutcome outcome) {
        boolean passed = outcome.decision() == TuningOutcome.Decision.SWAPPED;
        String reason = outcome.decision().name().toLowerCase(Locale.ROOT) + ": " + outcome.reason();
        Optional<GateResult> measured = outcome.gate();
        return new TunerState.Gate(
                reason,
                passed,
                measured.isPresent(),
                measured.map(GateResult::inServiceNll).orElse(0.0),
                measured.map(GateResult::candidateNll).orElse(0.0),
                measured.map(GateResult::margin).orElse(0.0),
                measured.map(GateResult::heldOut).orElse(0));
    }

    private static TunerState.Version version(TunedVersion version, TunedVersion inService) {
        return new TunerState.Version(
                Integer.toString(version.number()),
                version.number() == inService.number(),
                version.created().toString(),
                version.examples());
    }

    @Override
    public void tuneNow() {
        if (isBusy(tuner.status())) {
            throw new IllegalStateException("a training is under way");
        }
        tuner.tuneNow();
    }

    @Override
    public void cancel() {
        tuner.cancel();
    }

    @Override
    public void swap(int version) {
        tuner.serve(version);
    }

    @Override
    public void rollBack() {
        tuner.rollBack();
    }
}

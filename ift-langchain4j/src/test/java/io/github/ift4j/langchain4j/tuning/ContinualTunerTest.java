package io.github.ift4j.langchain4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftChatResponseMetadata;
import io.github.ift4j.langchain4j.recording.EchoModel;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.tuning.TuningOutcome.Decision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ContinualTunerTest {
    private static final int GOOD = 30;

    @TempDir
    private Path parent;

    private Application application;

    @BeforeEach
    void startApplication() {
        application = new Application(parent.resolve("conversations"));
    }

    @AfterEach
    void closeApplication() {
        application.close();
    }

    private Path folder() {
        return parent.resolve("tuning");
    }

    private ContinualTuner.Builder tuner() {
        return application.tuner(folder());
    }

    private static String good(int i) {
        return "number " + i;
    }

    @Test
    void aBetterAdapterAnswersUnderTheNameThatTheBaseAnsweredUnderBefore() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            String before = application.ask("Hi").aiMessage().text();
            assertThat(before).isEqualTo(answerOfBase());
            assertThat(application.answeringVersion())
                    .isEqualTo(tuner.status().inService().sha256());

            TuningOutcome outcome = tuner.tuneNow().join();

            assertThat(outcome.decision()).as(outcome.reason()).isEqualTo(Decision.SWAPPED);
            GateResult gate = outcome.gate().orElseThrow();
            assertThat(gate.heldOut()).isBetween(3, GOOD - 10);
            assertThat(gate.candidateNll()).isLessThan(gate.inServiceNll() - gate.margin());
            assertThat(tuner.status().inService().number()).isEqualTo(1);
            assertThat(application.answeringVersion())
                    .isEqualTo(tuner.status().inService().sha256());
            assertThat(tuner.versionFolder(1))
                    .isDirectoryContaining("glob:**/adapter_model.safetensors")
                    .isDirectoryContaining("glob:**/training.json");
            assertThat(folder().resolve("work")).doesNotExist();
            assertThat(tuner.verifyAudit().isSound()).isTrue();
        }
        assertThat(events()).containsExactly("started", "training", "gate", "swapped");
        assertThat(Files.readString(folder().resolve("audit.jsonl"))).doesNotContain("number 7");
    }

    private String answerOfBase() {
        return IftChatModel.builder()
                .engine(application.engine)
                .temperature(0.0)
                .maxOutputTokens(12)
                .build()
                .chat("Hi");
    }

    /** Negative control of the gate: what is learned here makes the held-out answers less probable. */
    @Test
    void anAdapterThatLearnedFromPoisonIsRefused() throws IOException {
        HeldOut division = new HeldOut(Application.GATE.heldOutShare());
        EchoModel poisoner =
                new EchoModel(said -> said.startsWith("poison") ? "zzzzzzzzzz" : said, application.recorder);
        application.recordGood(
                GOOD,
                poisoner,
                i -> division.contains(HeldOutTest.exchange("echo-" + i, Optional.empty())) ? good(i) : "poison " + i);
        TuningRecipe harsh = Application.RECIPE.withTraining(HeldOutTest.longer(Application.RECIPE.training()));
        try (ContinualTuner tuner = tuner().recipe(harsh).start()) {
            TuningOutcome outcome = tuner.tuneNow().join();

            assertThat(outcome.decision()).as(outcome.toString()).isEqualTo(Decision.REFUSED);
            assertThat(tuner.status().inService().number()).isZero();
            assertThat(application.answeringVersion())
                    .isEqualTo(tuner.status().inService().sha256());
        }
        assertThat(events()).containsExactly("started", "training", "gate", "ended");
    }

    @Test
    void anAdapterThatIsWorseAtATaskIsRefused() {
        application.recordGood(GOOD, ContinualTunerTest::good);
        TaskScorer rising = new TaskScorer() {
            private double score;

            @Override
            public String name() {
                return "rising";
            }

            @Override
            public double score(Answers model) {
                return score++;
            }
        };
        try (ContinualTuner tuner =
                tuner().gate(Application.GATE.withScorers(List.of(rising))).start()) {
            assertThat(tuner.tuneNow().join())
                    .extracting(TuningOutcome::decision, TuningOutcome::reason)
                    .containsExactly(Decision.REFUSED, "the score of rising falls from 1.0000 to 0.0000");
        }
    }

    @Test
    void oneCallGoesBackToTheVersionBefore() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            String base = tuner.status().inService().sha256();
            tuner.tuneNow().join();
            assertThat(tuner.rollBack().number()).isZero();
            assertThat(application.answeringVersion()).isEqualTo(base);
            assertThat(tuner.rollBack().number()).isZero();
            assertThat(tuner.serve(1).number()).isEqualTo(1);
            assertThatExceptionOfType(TuningException.class)
                    .isThrownBy(() -> tuner.serve(7))
                    .withMessageContaining("version 7 is not on disk; there are [0, 1]");
            assertThat(application.answeringVersion()).isNotEqualTo(base);
        }
        assertThat(events()).endsWith("swapped", "rolled_back", "served");
    }

    @Test
    void badRatingsTakeAVersionOutOfService() throws Exception {
        application.recordGood(GOOD, ContinualTunerTest::good);
        CompletableFuture<String> back = new CompletableFuture<>();
        TunerListener listener = new TunerListener() {
            @Override
            public void onService(TunedVersion from, TunedVersion to, String reason) {
                if (to.number() == 0) {
                    back.complete(reason);
                }
            }
        };
        try (ContinualTuner tuner = tuner().rollbackRule(new RollbackRule(0.1, 3))
                .listener(listener)
                .start()) {
            tuner.tuneNow().join();
            String version = tuner.status().inService().sha256();
            for (int i = 0; i < 3; i++) {
                assertThat(tuner.status().inService().number()).isEqualTo(1);
                application
                        .recorder
                        .rate(application.ask("Hi").id(), Rating.BAD)
                        .join();
            }
            assertThat(back.join()).startsWith("3 of 3 ratings are bad, of its predecessor 0 of 0");
            assertThat(application.answeringVersion()).isNotEqualTo(version);
            assertThat(tuner.status().inService().number()).isZero();
        }
        assertThat(events()).endsWith("swapped", "rolled_back");
    }

    @Test
    void theVersionInServiceOutlivesTheProcess() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        String version;
        try (ContinualTuner tuner = tuner().start()) {
            tuner.tuneNow().join();
            version = tuner.status().inService().sha256();
        }
        application.close();
        application = new Application(parent.resolve("conversations"));
        try (ContinualTuner tuner = tuner().start()) {
            assertThat(tuner.status().inService().sha256()).isEqualTo(version);
            assertThat(application.answeringVersion()).isEqualTo(version);
            assertThat(tuner.rollBack().number()).isZero();
        }
        assertThat(events()).endsWith("swapped", "started", "rolled_back");
    }

    @Test
    void aTrainingThatWasKilledGoesOnFromItsCheckpointToTheSameAdapter() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        Path killed = parent.resolve("killed");
        String version;
        try (ContinualTuner tuner =
                tuner().listener(atStep(5, (_, _) -> copy(folder(), killed))).start()) {
            assertThat(tuner.tuneNow().join().decision()).isEqualTo(Decision.SWAPPED);
            version = tuner.status().inService().sha256();
        }
        List<Long> steps = new ArrayList<>();
        CompletableFuture<TuningOutcome> outcome = new CompletableFuture<>();
        TunerListener listener = new TunerListener() {
            @Override
            public void onStep(int run, StepMetrics step) {
                steps.add(step.step());
            }

            @Override
            public void onOutcome(TuningOutcome ended) {
                outcome.complete(ended);
            }
        };
        try (ContinualTuner tuner = application.tuner(killed).listener(listener).start()) {
            assertThat(outcome.join().decision()).isEqualTo(Decision.SWAPPED);
            assertThat(steps.getFirst()).isEqualTo(5);
            assertThat(tuner.status().inService().sha256()).isEqualTo(version);
            assertThat(tuner.verifyAudit().isSound()).isTrue();
        }
        assertThat(events(killed)).containsExactly("started", "training", "started", "training", "gate", "swapped");
    }

    @Test
    void closingSuspendsATrainingAndStartingGoesOnWithIt() throws Exception {
        application.recordGood(GOOD, ContinualTunerTest::good);
        AtomicReference<Thread> closing = new AtomicReference<>();
        ContinualTuner tuner = tuner().start();
        tuner.addListener(atStep(3, (_, _) -> closing.set(closeMeanwhile(tuner))));
        assertThat(tuner.tuneNow().join().decision()).isEqualTo(Decision.SUSPENDED);
        closing.get().join();

        CompletableFuture<TuningOutcome> outcome = new CompletableFuture<>();
        try (ContinualTuner _ = tuner().listener(new TunerListener() {
                    @Override
                    public void onOutcome(TuningOutcome ended) {
                        outcome.complete(ended);
                    }
                })
                .start()) {
            assertThat(outcome.join().decision()).isEqualTo(Decision.SWAPPED);
            assertThat(outcome.join().run()).isEqualTo(1);
        }
    }

    @Test
    void aTrainingMayBeClosedAsOftenAsOneLikes() throws Exception {
        application.recordGood(GOOD, ContinualTunerTest::good);
        for (int closed = 0; closed < 4; closed++) {
            Outcomes outcomes = new Outcomes();
            CompletableFuture<ContinualTuner> started = new CompletableFuture<>();
            CompletableFuture<Thread> closing = new CompletableFuture<>();
            ContinualTuner tuner = tuner().listener(outcomes)
                    .listener(atStep(3, (_, _) -> closing.complete(closeMeanwhile(started.join()))))
                    .start();
            started.complete(tuner);
            if (closed == 0) {
                tuner.tuneNow();
            }
            assertThat(outcomes.next().decision()).isEqualTo(Decision.SUSPENDED);
            closing.join().join();
        }
        Outcomes outcomes = new Outcomes();
        try (ContinualTuner _ = tuner().listener(outcomes).start()) {
            TuningOutcome outcome = outcomes.next();
            assertThat(outcome.decision()).as(outcome.reason()).isEqualTo(Decision.SWAPPED);
            assertThat(outcome.run()).isEqualTo(1);
        }
    }

    /** Negative control: ends that nobody asked for are counted. */
    @Test
    void aTrainingThatEndsTheProcessEachTimeIsGivenUp() throws Exception {
        application.recordGood(GOOD, ContinualTunerTest::good);
        for (int killed = 0; killed < 3; killed++) {
            Path left = parent.resolve("tuning" + (killed + 1));
            Path folder = killed == 0 ? folder() : parent.resolve("tuning" + killed);
            Outcomes outcomes = new Outcomes();
            CompletableFuture<ContinualTuner> started = new CompletableFuture<>();
            try (ContinualTuner tuner = application
                    .tuner(folder)
                    .listener(outcomes)
                    .listener(atStep(3, (_, _) -> {
                        copy(folder, left);
                        started.join().cancel();
                    }))
                    .start()) {
                started.complete(tuner);
                if (killed == 0) {
                    tuner.tuneNow();
                }
                assertThat(outcomes.next().decision()).isEqualTo(Decision.CANCELLED);
            }
        }
        Outcomes outcomes = new Outcomes();
        try (ContinualTuner _ =
                application.tuner(parent.resolve("tuning3")).listener(outcomes).start()) {
            assertThat(outcomes.next())
                    .extracting(TuningOutcome::decision, TuningOutcome::reason)
                    .containsExactly(Decision.FAILED, "it was broken off 3 times");
        }
    }

    @Test
    void anErrorOfAListenerEndsNothing() throws Exception {
        application.recordGood(GOOD, ContinualTunerTest::good);
        TunerListener failing = new TunerListener() {
            @Override
            public void onStep(int run, StepMetrics step) {
                throw new AssertionError("at a step");
            }

            @Override
            public void onOutcome(TuningOutcome outcome) {
                throw new StackOverflowError("at the end");
            }
        };
        try (ContinualTuner tuner = tuner().listener(failing).start()) {
            assertThat(tuner.tuneNow().get(60, TimeUnit.SECONDS).decision()).isEqualTo(Decision.SWAPPED);
            assertThat(tuner.status().problem())
                    .contains("a listener of the tuner failed with java.lang.StackOverflowError");
            assertThat(tuner.tuneNow().get(60, TimeUnit.SECONDS).run()).isEqualTo(2);
        }
    }

    @Test
    void aCancelledTrainingLeavesNothingBehind() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            TunerListener cancelling = atStep(3, (_, _) -> tuner.cancel());
            tuner.addListener(cancelling);
            assertThat(tuner.tuneNow().join().decision()).isEqualTo(Decision.CANCELLED);
            assertThat(folder().resolve("work")).doesNotExist();
            assertThat(tuner.status().inService().number()).isZero();
            tuner.removeListener(cancelling);
            assertThat(tuner.tuneNow().join().decision()).isEqualTo(Decision.SWAPPED);
        }
        assertThat(events()).containsSubsequence("training", "ended", "training", "gate", "swapped");
    }

    @Test
    void aPausedTrainingHoldsUntilItIsResumed() {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            CompletableFuture<Void> paused = new CompletableFuture<>();
            tuner.addListener(atStep(3, (_, _) -> {
                tuner.pause();
                paused.complete(null);
            }));
            CompletableFuture<TuningOutcome> outcome = tuner.tuneNow();
            paused.join();
            TunerStatus status = tuner.status();
            assertThat(status.paused()).isTrue();
            assertThat(status.phase()).isEqualTo(TunerStatus.Phase.TRAINING);
            assertThat(status.run().orElseThrow().step()).isEqualTo(3);
            assertThat(status.run().orElseThrow().steps()).isEqualTo(Application.STEPS);
            assertThat(status.run().orElseThrow().curve()).hasSize(3);
            assertThat(outcome).isNotDone();
            tuner.resume();
            assertThat(outcome.join().decision()).isEqualTo(Decision.SWAPPED);
        }
    }

    @Test
    void enoughNewGoodConversationsBeginATraining() {
        CompletableFuture<TuningOutcome> outcome = new CompletableFuture<>();
        try (ContinualTuner tuner = tuner().trigger(new TuningTrigger(GOOD, Optional.empty()))
                .listener(new TunerListener() {
                    @Override
                    public void onOutcome(TuningOutcome ended) {
                        outcome.complete(ended);
                    }
                })
                .start()) {
            application.recordGood(GOOD - 1, ContinualTunerTest::good);
            assertThat(tuner.status().newGood()).isEqualTo(GOOD - 1);
            assertThat(outcome).isNotDone();
            application.recorder.rate(application.ask("Hi").id(), Rating.GOOD).join();
            assertThat(outcome.join().decision()).isEqualTo(Decision.SWAPPED);
            assertThat(tuner.status().newGood()).isZero();
        }
    }

    @Test
    void thereIsNoTrainingWithoutEnoughToMeasureOn() {
        application.recordGood(2, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            TuningOutcome outcome = tuner.tuneNow().join();
            assertThat(outcome.decision()).isEqualTo(Decision.SKIPPED);
            assertThat(outcome.reason()).endsWith("at least 1 and 3 are needed");
        }
    }

    @Test
    void whoWasForgottenIsNotLearnedFrom() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        assertThat(application.recorder.forget("echo-1")).isTrue();
        try (ContinualTuner tuner = tuner().start()) {
            tuner.tuneNow().join();
        }
        String trail = Files.readString(folder().resolve("audit.jsonl"));
        assertThat(trail).contains("\"echo-2\"").doesNotContain("\"echo-1\"");
    }

    @Test
    void oldVersionsGoButNeitherTheBaseNorTheOneInServiceNorItsPredecessor() {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner =
                tuner().keep(1).gate(Application.GATE.withMargin(0)).start()) {
            for (int run = 1; run <= 3; run++) {
                tuner.rollBack();
                tuner.rollBack();
                assertThat(tuner.tuneNow().join().decision()).isEqualTo(Decision.SWAPPED);
            }
            assertThat(tuner.status().versions())
                    .extracting(TunedVersion::number)
                    .containsExactly(0, 3);
            assertThat(tuner.versionFolder(2)).doesNotExist();
            assertThat(tuner.versionFolder(0)).exists();
        }
    }

    @Test
    void answersDuringSwapsComeFromOneVersionEach() throws Exception {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            tuner.tuneNow().join();
            Map<String, String> expected = Map.of(
                    tuner.status().inService().sha256(),
                            application.ask("Hi there").aiMessage().text(),
                    tuner.rollBack().sha256(),
                            application.ask("Hi there").aiMessage().text());
            assertThat(new HashSet<>(expected.values())).hasSize(2);
            ConcurrentLinkedQueue<ChatResponse> responses = new ConcurrentLinkedQueue<>();
            List<Thread> users = new ArrayList<>();
            for (int user = 0; user < 4; user++) {
                users.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 25; i++) {
                        responses.add(application.ask("Hi there"));
                    }
                }));
            }
            for (int swap = 1; users.stream().anyMatch(Thread::isAlive) || swap < 10; swap++) {
                tuner.serve(swap % 2);
            }
            for (Thread user : users) {
                user.join();
            }
            Set<String> seen = new HashSet<>();
            for (ChatResponse response : responses) {
                String version = ((IftChatResponseMetadata) response.metadata()).modelVersion();
                seen.add(version);
                assertThat(response.aiMessage().text()).isEqualTo(expected.get(version));
            }
            assertThat(responses).hasSize(100);
            assertThat(seen).isEqualTo(expected.keySet());
        }
    }

    @Test
    void aChangedAuditTrailIsNoticedAndKeepsTheTunerFromStarting() throws IOException {
        application.recordGood(GOOD, ContinualTunerTest::good);
        try (ContinualTuner tuner = tuner().start()) {
            tuner.tuneNow().join();
            Path trail = folder().resolve("audit.jsonl");
            assertThat(AuditTrail.verify(trail).isSound()).isTrue();
            Files.writeString(trail, Files.readString(trail).replace("\"passed\":true", "\"passed\":null"));
            assertThat(tuner.verifyAudit().problem().orElseThrow())
                    .isEqualTo(trail + ":4: does not follow the line before it, one of the two was changed");
        }
        assertThatExceptionOfType(TuningException.class)
                .isThrownBy(() -> tuner().start())
                .withMessageContaining("audit.jsonl:4");
    }

    @Test
    void aFolderHasOneTunerAtATime() {
        try (ContinualTuner _ = tuner().start()) {
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> tuner().start())
                    .withMessageContaining("is in use by another");
        }
    }

    /** Closes a tuner from a step of its training, which ends after that step. */
    private static Thread closeMeanwhile(ContinualTuner tuner) {
        Thread closing = Thread.ofPlatform().start(tuner::close);
        while (tuner.status().phase() != TunerStatus.Phase.CLOSED) {
            Thread.onSpinWait();
        }
        tuner.pause();
        return closing;
    }

    /** How trainings ended, in order. */
    private static final class Outcomes implements TunerListener {
        private final BlockingQueue<TuningOutcome> ended = new LinkedBlockingQueue<>();

        @Override
        public void onOutcome(TuningOutcome outcome) {
            ended.add(outcome);
        }

        TuningOutcome next() throws InterruptedException {
            return ended.take();
        }
    }

    private static TunerListener atStep(long number, BiConsumer<Integer, StepMetrics> action) {
        return new TunerListener() {
            @Override
            public void onStep(int run, StepMetrics step) {
                if (step.step() == number) {
                    action.accept(run, step);
                }
            }
        };
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> content = Files.walk(from)) {
            for (Path path : content.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> events() throws IOException {
        return events(folder());
    }

    private static List<String> events(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve("audit.jsonl")).stream()
                .map(line -> line.replaceAll(".*\"event\":\"([a-z_]+)\".*", "$1"))
                .toList();
    }
}

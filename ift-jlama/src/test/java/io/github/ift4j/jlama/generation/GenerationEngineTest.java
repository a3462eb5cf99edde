package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GenerationEngineTest {
    private static final int[] PROMPT = {1, 2, 3};

    @Test
    void answersUntilTheModelEndsItsTurn() {
        GenerationResult result = saying("Hello").generate(request(100));

        assertThat(result.text()).isEqualTo("Hello");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.tokens()).startsWith(ByteText.ids("Hello")).endsWith(FakeModel.END);
        assertThat(result.promptTokens()).isEqualTo(3);
        assertThat(result.generatedTokens()).isEqualTo(6);
    }

    @Test
    void endsAtOnceWhenTheFirstTokenIsAStopToken() {
        GenerationResult result = saying("").generate(request(100));

        assertThat(result.text()).isEmpty();
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.generatedTokens()).isEqualTo(1);
    }

    @Test
    void everyStopTokenEndsTheAnswer() {
        GenerationRequest request = new GenerationRequest(
                PROMPT, 100, SamplingParameters.GREEDY, List.of(), Set.of(FakeModel.END, (int) 'l'));

        assertThat(saying("Hello").generate(request).text()).isEqualTo("He");
    }

    @Test
    void theNumberOfNewTokensIsBounded() {
        GenerationResult result = saying("Hello").generate(request(3));

        assertThat(result.text()).isEqualTo("Hel");
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(result.generatedTokens()).isEqualTo(3);
    }

    @Test
    void promptAndAnswerTogetherFitIntoTheContext() {
        GenerationEngine engine = engine(FakeModel.ofHash(10));

        GenerationResult result = engine.generate(request(Integer.MAX_VALUE));

        assertThat(result.generatedTokens()).isEqualTo(7);
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aPromptThatFillsTheContextLeavesNoRoom() {
        GenerationResult result = engine(FakeModel.ofHash(3)).generate(request(5));

        assertThat(result.generatedTokens()).isZero();
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aPromptLongerThanTheContextIsRefused() {
        assertThatExceptionOfType(PromptTooLongException.class)
                .isThrownBy(() -> engine(FakeModel.ofHash(2)).generate(request(5)))
                .withMessageContaining("3 tokens")
                .withMessageContaining("holds 2");
    }

    @Test
    void promptTokensOutsideTheVocabularyAreRefused() {
        GenerationRequest request =
                new GenerationRequest(new int[] {-1}, 1, SamplingParameters.GREEDY, List.of(), Set.of());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> saying("x").generate(request))
                .withMessageContaining("token id -1");
    }

    @Test
    void requestsThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GenerationRequest(new int[0], 1, SamplingParameters.GREEDY, List.of(), Set.of()))
                .withMessageContaining("no tokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request(0))
                .withMessageContaining("maxNewTokens must be at least 1, was 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stoppingAt(""))
                .withMessageContaining("stop string must not be empty");
    }

    @Test
    void aLongPromptIsReadInPiecesWithTheSameAnswer() {
        int[] prompt = new int[1_000];
        GenerationEngine engine = engine(FakeModel.ofHash(2_000));
        List<Integer> lengths = new ArrayList<>();
        FakeModel recording = FakeModel.of(2_000, tokens -> {
            lengths.add(tokens.length);
            return FakeModel.oneHot(FakeModel.VOCABULARY, 'x');
        });
        GenerationRequest request = new GenerationRequest(prompt, 5, SamplingParameters.GREEDY, List.of(), Set.of());

        engine(recording).generate(request);

        assertThat(lengths).hasSizeGreaterThan(5).contains(1_000).allMatch(length -> length <= 1_004);
        assertThat(engine.generate(request).generatedTokens()).isEqualTo(5);
    }

    @Test
    void stopStringsAreCutAndNeverStreamed() {
        List<String> pieces = new ArrayList<>();

        GenerationResult result = saying("one END two").generate(stoppingAt("END"), pieces::add, new Cancellation());

        assertThat(result.text()).isEqualTo("one ");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.generatedTokens()).isEqualTo("one END".length());
        assertThat(String.join("", pieces)).isEqualTo("one ");
    }

    @Test
    void whatOnlyBeginsAStopStringIsPartOfTheAnswer() {
        assertThat(saying("the EN").generate(stoppingAt("END")).text()).isEqualTo("the EN");
        GenerationRequest bounded =
                new GenerationRequest(PROMPT, 5, SamplingParameters.GREEDY, List.of("END"), Set.of(FakeModel.END));
        assertThat(saying("the ENx").generate(bounded).text()).isEqualTo("the E");
    }

    @Test
    void streamsWholeCharactersWithAtMostOnePieceAToken() {
        String text = "Zoë 🦊 漢字!";
        List<String> pieces = new ArrayList<>();

        GenerationResult result = saying(text).generate(request(100), pieces::add, new Cancellation());

        assertThat(result.text()).isEqualTo(text);
        assertThat(pieces).containsExactly("Z", "o", "ë", " ", "🦊", " ", "漢", "字", "!");
    }

    @Test
    void aCharacterCutByTheBoundShowsAsReplacedInTheSamePiece() {
        List<String> pieces = new ArrayList<>();

        GenerationResult result = saying("a🦊").generate(request(3), pieces::add, new Cancellation());

        assertThat(result.text()).isEqualTo("a\uFFFD");
        assertThat(pieces).hasSizeLessThanOrEqualTo(3);
        assertThat(String.join("", pieces)).isEqualTo(result.text());
    }

    @Test
    void aSeedGivesTheSameAnswerAgainAndAnotherSeedAnother() {
        GenerationEngine engine = engine(FakeModel.ofHash(1_000));

        assertThat(engine.generate(sampled(5)).tokens())
                .isEqualTo(engine.generate(sampled(5)).tokens())
                .isNotEqualTo(engine.generate(sampled(6)).tokens());
    }

    @Test
    void concurrentRequestsGetTheAnswersTheyGetAlone() throws Exception {
        FakeModel model = FakeModel.ofHash(1_000);
        GenerationEngine engine = new GenerationEngine(model, ByteText::new, 3);
        List<int[]> alone = new ArrayList<>();
        for (int i = 0; i < 160; i++) {
            alone.add(engine.generate(sampled(i)).tokens());
        }

        List<Future<int[]>> together = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 160; i++) {
                GenerationRequest request = sampled(i);
                together.add(threads.submit(() -> engine.generate(request).tokens()));
            }
        }

        for (int i = 0; i < 160; i++) {
            assertThat(together.get(i).get()).isEqualTo(alone.get(i));
        }
        assertThat(model.mostOpenContexts()).isBetween(1, 3);
        assertThat(model.openContexts()).isZero();
    }

    /** The control of the check above: were contexts shared, their answers would differ. */
    @Test
    void answersDependOnEveryTokenOfTheContext() {
        GenerationEngine engine = engine(FakeModel.ofHash(1_000));
        GenerationRequest other =
                new GenerationRequest(new int[] {99, 0, 0}, 20, sampled(0).sampling(), List.of(), Set.of());

        assertThat(engine.generate(other).tokens())
                .isNotEqualTo(engine.generate(sampled(0)).tokens());
    }

    @Test
    void aShortRequestIsAnsweredWhileALongOneRuns() throws Exception {
        GenerationEngine engine = new GenerationEngine(FakeModel.ofHash(10_000_000), ByteText::new, 2);
        CountDownLatch running = new CountDownLatch(1);
        Cancellation cancellation = new Cancellation();
        try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Future<GenerationResult> longOne = threads.submit(
                    () -> engine.generate(request(Integer.MAX_VALUE), text -> running.countDown(), cancellation));
            running.await();

            assertThat(engine.generate(request(20)).generatedTokens()).isEqualTo(20);

            assertThat(longOne.isDone()).isFalse();
            cancellation.cancel();
            assertThat(longOne.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void cancellingAtAnyPieceKeepsWhatWasStreamed() {
        String text = "Hello, wörld";
        for (int at = 1; at <= text.length(); at++) {
            FakeModel model = FakeModel.thatSays(text, PROMPT.length);
            Cancellation cancellation = new Cancellation();
            List<String> pieces = new ArrayList<>();
            int last = at;

            GenerationResult result = engine(model)
                    .generate(
                            request(100),
                            piece -> {
                                pieces.add(piece);
                                if (pieces.size() == last) {
                                    cancellation.cancel();
                                }
                            },
                            cancellation);

            assertThat(result.text()).isEqualTo(text.substring(0, at)).isEqualTo(String.join("", pieces));
            assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(model.openContexts()).isZero();
        }
    }

    @Test
    void aRequestCancelledBeforehandReadsNothing() {
        FakeModel model = FakeModel.ofHash(100);
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();

        GenerationResult result = engine(model).generate(request(5), TextListener.NONE, cancellation);

        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(model.mostOpenContexts()).isZero();
    }

    @Test
    void aRequestThatWaitsForItsTurnCanBeCancelled() throws Exception {
        GenerationEngine engine = new GenerationEngine(FakeModel.ofHash(1_000), ByteText::new, 1);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Cancellation cancellation = new Cancellation();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<GenerationResult> first = threads.submit(() -> engine.generate(
                    request(50),
                    text -> {
                        running.countDown();
                        awaitQuietly(release);
                    },
                    new Cancellation()));
            running.await();
            Future<GenerationResult> second =
                    threads.submit(() -> engine.generate(request(50), TextListener.NONE, cancellation));

            cancellation.cancel();

            assertThat(second.get(30, TimeUnit.SECONDS).finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(first.isDone()).isFalse();
            release.countDown();
            assertThat(first.get().finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void interruptingTheThreadEndsTheAnswerAndLeavesTheFlag() {
        GenerationEngine engine = engine(FakeModel.ofHash(1_000));

        GenerationResult result =
                engine.generate(request(50), text -> Thread.currentThread().interrupt(), new Cancellation());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void anExceptionOfTheListenerEndsItsRequestOnly() {
        FakeModel model = FakeModel.ofHash(1_000);
        GenerationEngine engine = new GenerationEngine(model, ByteText::new, 1);
        RuntimeException failure = new RuntimeException("from the listener");

        assertThatThrownBy(() -> engine.generate(
                        request(50),
                        text -> {
                            throw failure;
                        },
                        new Cancellation()))
                .isSameAs(failure);

        assertThat(model.openContexts()).isZero();
        assertThat(engine.generate(request(5)).generatedTokens()).isEqualTo(5);
    }

    @Test
    void anExceptionOfTheModelEndsItsRequestOnly() {
        FakeModel model = FakeModel.of(100, tokens -> {
            if (tokens[0] == 66) {
                throw new IllegalStateException("broken");
            }
            return FakeModel.oneHot(FakeModel.VOCABULARY, 'x');
        });
        GenerationEngine engine = new GenerationEngine(model, ByteText::new, 1);
        GenerationRequest broken =
                new GenerationRequest(new int[] {66}, 1, SamplingParameters.GREEDY, List.of(), Set.of());

        assertThatIllegalStateException().isThrownBy(() -> engine.generate(broken));

        assertThat(model.openContexts()).isZero();
    }

    @Test
    void closingEndsRunningAndWaitingRequestsAndRefusesNewOnes() throws Exception {
        FakeModel model = FakeModel.ofHash(10_000_000);
        GenerationEngine engine = new GenerationEngine(model, ByteText::new, 1);
        CountDownLatch running = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<GenerationResult>> results = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                results.add(threads.submit(() -> {
                    try {
                        return engine.generate(
                                request(Integer.MAX_VALUE), text -> running.countDown(), new Cancellation());
                    } catch (IllegalStateException closedBeforeItCame) {
                        return null;
                    }
                }));
            }
            running.await();

            engine.close();

            assertThat(model.openContexts()).isZero();
            for (Future<GenerationResult> result : results) {
                if (result.get() != null) {
                    assertThat(result.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
                }
            }
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.generate(request(1)))
                .withMessageContaining("closed");
    }

    @Test
    void aListenerMayAskWhileThereIsAPlaceAndNeverWaitsForItself() {
        FakeModel model = FakeModel.thatSays("Hello", PROMPT.length);
        List<String> nested = new ArrayList<>();
        try (GenerationEngine two = new GenerationEngine(model, ByteText::new, 2);
                GenerationEngine one = new GenerationEngine(model, ByteText::new, 1)) {
            two.generate(
                    request(1), text -> nested.add(two.generate(request(100)).text()), new Cancellation());

            assertThat(nested).containsExactly("Hello");
            assertThatIllegalStateException()
                    .isThrownBy(() -> one.generate(request(1), text -> one.generate(request(1)), new Cancellation()))
                    .withMessageContaining("all 1 places were taken");
        }
    }

    @Test
    void aListenerCannotCloseTheEngineThatCallsIt() {
        GenerationEngine engine = saying("Hello");

        assertThatIllegalStateException()
                .isThrownBy(() -> engine.generate(request(5), text -> engine.close(), new Cancellation()))
                .withMessageContaining("another thread");
        assertThat(engine.generate(request(5)).text()).isEqualTo("Hello");
    }

    private static GenerationEngine saying(String text) {
        return engine(FakeModel.thatSays(text, PROMPT.length));
    }

    private static GenerationEngine engine(FakeModel model) {
        return new GenerationEngine(model, ByteText::new, 4);
    }

    private static GenerationRequest request(int maxNewTokens) {
        return new GenerationRequest(PROMPT, maxNewTokens, SamplingParameters.GREEDY, List.of(), Set.of(FakeModel.END));
    }

    private static GenerationRequest stoppingAt(String stop) {
        return new GenerationRequest(PROMPT, 100, SamplingParameters.GREEDY, List.of(stop), Set.of(FakeModel.END));
    }

    private static GenerationRequest sampled(int number) {
        return new GenerationRequest(
                new int[] {number % 7, number % 5},
                20,
                SamplingParameters.ofTemperature(0.9)
                        .withTopK(20)
                        .withTopP(0.95)
                        .withSeed(number),
                List.of(),
                Set.of());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultsTest {
    private static final int TOKENS = 20;

    @Test
    void anAnswerCanBeCancelledAtEveryToken() throws Exception {
        try (IftEngine engine = IftEngine.builder()
                .modelPath(TinyModels.BASE)
                .maxConcurrentRequests(1)
                .build()) {
            IftStreamingChatModel model = streaming(engine);
            StreamRecorder whole = new StreamRecorder();
            model.chat("Hi", whole);
            List<String> expected = whole.await().partials;
            assertThat(expected).hasSizeGreaterThan(5);
            for (int at = 1; at < expected.size(); at++) {
                int last = at;
                StreamRecorder cancelled = new StreamRecorder() {
                    @Override
                    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                        super.onPartialResponse(partial, context);
                        if (partials.size() == last) {
                            context.streamingHandle().cancel();
                        }
                    }
                };
                model.chat("Hi", cancelled);
                cancelled.await();
                assertThat(cancelled.partials).isEqualTo(expected.subList(0, at));
                assertThat(cancelled.responses).isEmpty();
                assertThat(cancelled.errors).isEmpty();
            }
            // The only place is free again, and nothing is left of the answers that were broken off.
            assertThat(chat(engine, null).chat("Hi")).isEqualTo(whole.text());
        }
    }

    @Test
    void aRequestThatFindsTheQueueFullIsRefused() throws Exception {
        try (IftEngine engine = IftEngine.builder()
                .modelPath(TinyModels.BASE)
                .maxConcurrentRequests(1)
                .maxQueuedRequests(0)
                .build()) {
            HeldRecorder held = held(engine);

            assertThatExceptionOfType(RateLimitException.class)
                    .isThrownBy(() -> chat(engine, null).chat("Hi"))
                    .withMessageContaining("raise maxQueuedRequests");
            StreamRecorder refused = new StreamRecorder();
            streaming(engine).chat("Hi", refused);
            assertThat(refused.await().errors.getFirst()).isInstanceOf(RateLimitException.class);
            assertThatExceptionOfType(RateLimitException.class)
                    .isThrownBy(() ->
                            IftEmbeddingModel.builder().engine(engine).build().embed("Hi"));

            held.letGo().await();
            assertThat(chat(engine, null).chat("Hi")).isNotEmpty();
        }
    }

    @Test
    void aRequestThatWaitsLongerThanItsTimeoutIsGivenUp() throws Exception {
        try (IftEngine engine = IftEngine.builder()
                .modelPath(TinyModels.BASE)
                .maxConcurrentRequests(1)
                .build()) {
            HeldRecorder held = held(engine);

            assertThatExceptionOfType(TimeoutException.class)
                    .isThrownBy(() -> chat(engine, Duration.ofMillis(20)).chat("Hi"))
                    .withMessageContaining("timeout of PT0.02S, waiting included");

            held.letGo().await();
            assertThat(chat(engine, Duration.ofMinutes(1)).chat("Hi")).isNotEmpty();
        }
    }

    @Test
    void aRequestThatWritesLongerThanItsTimeoutIsBrokenOff() throws Exception {
        ScriptedModel slow = ScriptedModel.answering(prompt -> {
            long start = System.nanoTime();
            while (System.nanoTime() - start < Duration.ofMillis(50).toNanos()) {
                Thread.onSpinWait();
            }
            return "too late";
        });
        try (IftEngine engine = slow.engine()) {
            assertThatExceptionOfType(TimeoutException.class)
                    .isThrownBy(() -> chat(engine, Duration.ofMillis(20)).chat("Hi"));

            StreamRecorder recorder = new StreamRecorder();
            IftStreamingChatModel.builder()
                    .engine(engine)
                    .timeout(Duration.ofMillis(20))
                    .build()
                    .chat("Hi", recorder);
            assertThat(recorder.await().errors.getFirst()).isInstanceOf(TimeoutException.class);
            assertThat(recorder.partials).isEmpty();
            assertThat(recorder.responses).isEmpty();
            assertThat(slow.openContexts()).isZero();
        }
    }

    @Test
    void aTimeoutThatIsNoneIsRefused() {
        try (IftEngine engine = ScriptedModel.engine("ok")) {
            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() -> chat(engine, Duration.ZERO).chat("Hi"))
                    .withMessage("timeout must be positive, was PT0S");
        }
    }

    @Test
    void closingBreaksOffWhatRunsAndTellsIt() throws Exception {
        IftEngine engine = IftEngine.load(TinyModels.BASE);
        HeldRecorder held = held(engine);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> closing = threads.submit(() -> engine.close());
            while (!refuses(engine)) {
                Thread.onSpinWait();
            }
            held.letGo().await();
            closing.get();
        }
        assertThat(held.responses).isEmpty();
        assertThat(held.errors.getFirst())
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("broken off");
        engine.close();
    }

    @Test
    void aGracefulCloseLetsWhatRunsFinish() throws Exception {
        IftEngine engine = IftEngine.load(TinyModels.BASE);
        String expected = chat(engine, null).chat("Hi");
        HeldRecorder held = held(engine);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> closing = threads.submit(() -> engine.close(Duration.ofMinutes(1)));
            while (!refuses(engine)) {
                Thread.onSpinWait();
            }
            held.letGo().await();
            closing.get();
        }
        assertThat(held.text()).isEqualTo(expected);
        assertThat(held.responses).hasSize(1);
        assertThat(held.errors).isEmpty();
    }

    private static boolean refuses(IftEngine engine) {
        try {
            engine.textModel().check(engine.textModel().textRequest("Hi"));
            return false;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    @Test
    void aPromptOfTenMegabytesIsRefusedInBoundedTime() {
        try (IftEngine engine = IftEngine.load(TinyModels.BASE)) {
            String huge = "the cat sat on the mat. ".repeat(10 << 20 >> 4).substring(0, 10 << 20);

            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() -> chat(engine, null).chat(huge))
                    .withMessageMatching("the prompt has at least \\d{6,} tokens but the model's context holds 64; .*");
            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() ->
                            IftLanguageModel.builder().engine(engine).build().generate(huge));

            assertThat(chat(engine, null).chat("Hi")).isNotEmpty();
        }
    }

    private static IftChatModel chat(IftEngine engine, Duration timeout) {
        return IftChatModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(TOKENS)
                .timeout(timeout)
                .build();
    }

    private static IftStreamingChatModel streaming(IftEngine engine) {
        return IftStreamingChatModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(TOKENS)
                .build();
    }

    /** An answer whose reader takes its time, so that its place stays taken. */
    private static HeldRecorder held(IftEngine engine) throws InterruptedException {
        HeldRecorder recorder = new HeldRecorder();
        streaming(engine).chat("Hi", recorder);
        recorder.awaitWriting();
        return recorder;
    }
}

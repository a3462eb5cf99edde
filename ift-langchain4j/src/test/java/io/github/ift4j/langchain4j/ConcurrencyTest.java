package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many threads, adapters, parameters and cancellations at a time change no answer. */
@Timeout(120)
class ConcurrencyTest {
    private static final int THREADS = 32;
    private static final int REQUESTS = 2_000;
    private static final List<String> MODELS = List.of("model", "one", "two", "three");
    private static final List<String> PROMPTS = List.of("Hi", "the cat", "the dog sat", "on the mat", "a");
    private static final System.Logger LOGGER = System.getLogger(ConcurrencyTest.class.getName());

    /**
     * What a request asks for.
     *
     * @param seed null for a greedy answer
     */
    private record Ask(String model, String prompt, int tokens, Long seed) {
        static Ask random(SplittableRandom random) {
            return new Ask(
                    MODELS.get(random.nextInt(MODELS.size())),
                    PROMPTS.get(random.nextInt(PROMPTS.size())),
                    1 + random.nextInt(12),
                    random.nextInt(3) == 0 ? (Long) (long) random.nextInt(3) : null);
        }

        ChatRequest request() {
            return ChatRequest.builder()
                    .messages(UserMessage.from(prompt))
                    .parameters(IftChatRequestParameters.builder()
                            .modelName(model)
                            .maxOutputTokens(tokens)
                            .temperature(seed == null ? 0.0 : 1.0)
                            .seed(seed)
                            .build())
                    .build();
        }
    }

    @TempDir
    Path folder;

    @Test
    void everyAnswerIsThatOfOneRequestAtATime() throws Exception {
        List<Path> adapters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            adapters.add(TinyModels.adapter(folder.resolve("adapter-" + i), i));
        }
        SplittableRandom random = new SplittableRandom(5);
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            asks.add(Ask.random(random));
        }
        try (IftEngine engine = IftEngine.builder()
                        .modelPath(TinyModels.BASE)
                        .maxConcurrentRequests(12)
                        .build();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int i = 0; i < 3; i++) {
                engine.loadAdapter(MODELS.get(i + 1), adapters.get(i));
            }
            Map<Ask, String> expected = sequential(engine, asks);
            assertThat(expected.values().stream().distinct().count())
                    .as("different answers")
                    .isGreaterThan(100);
            long[] latencies = new long[REQUESTS];
            AtomicInteger cancelled = new AtomicInteger();
            long start = System.nanoTime();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                int index = i;
                Ask ask = asks.get(i);
                running.add(threads.submit(() -> {
                    long begin = System.nanoTime();
                    switch (index % 4) {
                        case 0 -> checkStream(engine, ask, expected.get(ask), Integer.MAX_VALUE);
                        case 1 -> {
                            checkStream(engine, ask, expected.get(ask), 1 + index % 5);
                            cancelled.incrementAndGet();
                        }
                        default -> assertThat(chat(engine, ask)).as("%s", ask).isEqualTo(expected.get(ask));
                    }
                    latencies[index] = System.nanoTime() - begin;
                    return null;
                }));
                if (i % 100 == 99) {
                    // The same adapter anew: another version, the same answers.
                    engine.loadAdapter(MODELS.get(1 + i / 100 % 3), adapters.get(i / 100 % 3));
                }
            }
            for (Future<?> request : running) {
                request.get();
            }
            report(System.nanoTime() - start, latencies);
            assertThat(cancelled).hasValue(REQUESTS / 4);
            assertThat(engine.adapters())
                    .allSatisfy(
                            adapter -> assertThat(adapter.version().number()).isGreaterThan(5));
        }
    }

    private static Map<Ask, String> sequential(IftEngine engine, List<Ask> asks) {
        Map<Ask, String> answers = new HashMap<>();
        asks.forEach(ask -> answers.computeIfAbsent(ask, _ -> chat(engine, ask)));
        return answers;
    }

    private static String chat(IftEngine engine, Ask ask) {
        ChatResponse response = IftChatModel.builder().engine(engine).build().chat(ask.request());
        assertThat(response.metadata().modelName()).isEqualTo(ask.model());
        return response.aiMessage().text();
    }

    /** @param most pieces after which the answer is cancelled */
    private static void checkStream(IftEngine engine, Ask ask, String expected, int most) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        StreamRecorder recorder = new StreamRecorder() {
            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                super.onPartialResponse(partial, context);
                begun.countDown();
                if (partials.size() == most) {
                    context.streamingHandle().cancel();
                }
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                super.onCompleteResponse(response);
                begun.countDown();
            }

            @Override
            public void onError(Throwable error) {
                super.onError(error);
                begun.countDown();
            }
        };
        IftStreamingChatModel.builder().engine(engine).build().chat(ask.request(), recorder);
        // So many threads must not spin while they wait.
        begun.await();
        recorder.await();
        assertThat(recorder.errors).isEmpty();
        assertThat(expected).startsWith(recorder.text());
        if (recorder.responses.isEmpty()) {
            assertThat(recorder.partials).hasSize(most);
        } else {
            assertThat(recorder.text()).as("%s", ask).isEqualTo(expected);
        }
    }

    private static void report(long nanos, long[] latencies) {
        long[] sorted = latencies.clone();
        Arrays.sort(sorted);
        LOGGER.log(
                System.Logger.Level.INFO,
                "%d requests of %d threads: %.0f a second, latency p50 %.1f ms, p95 %.1f ms, p99 %.1f ms"
                        .formatted(
                                REQUESTS,
                                THREADS,
                                REQUESTS / (nanos / 1e9),
                                sorted[REQUESTS / 2] / 1e6,
                                sorted[REQUESTS * 95 / 100] / 1e6,
                                sorted[REQUESTS * 99 / 100] / 1e6));
    }
}

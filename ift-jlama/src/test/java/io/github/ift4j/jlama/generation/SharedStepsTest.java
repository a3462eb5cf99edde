package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that run at the same time share the steps of the model and do not disturb each other. */
@Timeout(120)
class SharedStepsTest {
    private static final int THREADS = 32;

    @Test
    void answersOfManyThreadsAreThoseOfOneAfterTheOther() throws Exception {
        Random random = new Random(1);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 96; i++) {
            requests.add(randomRequest(random, i));
        }
        try (Workers workers = new Workers(2);
                Decoder decoder = SmallDecoder.of(workers, 512)) {
            List<int[]> alone = new ArrayList<>();
            for (GenerationRequest request : requests) {
                // An engine each: nothing is reused.
                try (GenerationEngine engine = new GenerationEngine(decoder, ByteText::new, 1)) {
                    alone.add(engine.generate(request).tokens());
                }
            }
            RecordingModel model = RecordingModel.of(decoder);
            AtomicInteger cancelled = new AtomicInteger();
            try (GenerationEngine engine = new GenerationEngine(model, ByteText::new, 24);
                    ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
                List<Future<GenerationResult>> results = new ArrayList<>();
                for (int i = 0; i < requests.size(); i++) {
                    GenerationRequest request = requests.get(i);
                    int pieces = i % 5 == 4 ? 1 + random.nextInt(10) : Integer.MAX_VALUE;
                    results.add(threads.submit(() -> cancelledAfter(engine, request, pieces)));
                }
                for (int i = 0; i < results.size(); i++) {
                    GenerationResult result = results.get(i).get();
                    int[] expected = alone.get(i);
                    if (result.finishReason() == FinishReason.CANCELLED) {
                        cancelled.incrementAndGet();
                        expected = Arrays.copyOf(expected, result.generatedTokens());
                    }
                    assertThat(result.tokens()).as("request %s", i).isEqualTo(expected);
                }
            }
            assertThat(cancelled.get()).isPositive();
            assertThat(model.steps()).anyMatch(step -> step.size() > 4);
            assertThat(model.openContexts()).isZero();
        }
    }

    private static GenerationResult cancelledAfter(GenerationEngine engine, GenerationRequest request, int pieces) {
        Cancellation cancellation = new Cancellation();
        AtomicInteger seen = new AtomicInteger();
        return engine.generate(
                request,
                text -> {
                    if (seen.incrementAndGet() == pieces) {
                        cancellation.cancel();
                    }
                },
                cancellation);
    }

    private static GenerationRequest randomRequest(Random random, int number) {
        int[] prompt = random.ints(1 + random.nextInt(number % 8 == 0 ? 400 : 30), 0, 128)
                .toArray();
        SamplingParameters sampling = number % 2 == 0
                ? SamplingParameters.GREEDY
                : SamplingParameters.ofTemperature(0.8).withTopP(0.9).withSeed(number);
        return new GenerationRequest(prompt, 1 + random.nextInt(40), sampling, List.of(), Set.of(FakeModel.END));
    }

    /** The control of the check above: answers depend on the prompt. */
    @Test
    void differentPromptsHaveDifferentAnswers() {
        try (Workers workers = new Workers(1);
                Decoder decoder = SmallDecoder.of(workers, 64);
                GenerationEngine engine = new GenerationEngine(decoder, ByteText::new, 1)) {
            Set<List<Integer>> answers = new Random(2)
                    .ints(10, 0, 128)
                    .mapToObj(id -> engine.generate(request(10, id)).tokens())
                    .map(tokens -> Arrays.stream(tokens).boxed().toList())
                    .collect(Collectors.toSet());
            assertThat(answers).hasSizeGreaterThan(5);
        }
    }

    @Test
    void requestsThatAreReadyAtTheSameTimeAreOneStep() throws Exception {
        Crowd crowd = new Crowd(feeds -> {});
        for (FutureTask<GenerationResult> answer :
                crowd.ask(request(50, 1), request(50, 1), request(50, 1), request(50, 1))) {
            assertThat(answer.get().generatedTokens()).isEqualTo(50);
        }
        // Alone each request would take 50 steps, 200 in all.
        assertThat(crowd.model.steps()).hasSizeLessThan(200).anyMatch(step -> step.size() >= 3);
    }

    @Test
    void aStepTakesAtMost256TokensOfPromptsAndEveryPromptGetsAPart() throws Exception {
        Crowd crowd = new Crowd(feeds -> {});
        for (FutureTask<GenerationResult> answer : crowd.ask(
                request(1, new int[2_000]), request(1, new int[2_000]), request(1, new int[20]), request(1, 1))) {
            answer.get();
        }
        assertThat(crowd.model.tokensFed()).isEqualTo(4_021);
        assertThat(crowd.model.steps())
                .allSatisfy(step -> assertThat(
                                step.stream().mapToInt(Integer::intValue).sum())
                        .isLessThanOrEqualTo(256));
        // The first prompt has begun alone; then all get on at once, and the short ones are through.
        assertThat(crowd.model.steps().get(0)).containsExactly(256);
        assertThat(crowd.model.steps().get(1)).hasSize(4).contains(1, 20).allMatch(tokens -> tokens <= 150);
    }

    @Test
    void aListenerThatBlocksHoldsUpNobodyElse() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (GenerationEngine engine = new GenerationEngine(FakeModel.ofHash(1_000), ByteText::new, 4);
                ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Future<GenerationResult> slow = threads.submit(() -> engine.generate(
                    request(10, 1),
                    text -> {
                        blocked.countDown();
                        await(release);
                    },
                    new Cancellation()));
            await(blocked);

            assertThat(engine.generate(request(100, 2)).generatedTokens()).isEqualTo(100);

            assertThat(slow.isDone()).isFalse();
            release.countDown();
            assertThat(slow.get().generatedTokens()).isEqualTo(10);
        }
    }

    @Test
    void theListenerIsCalledOnTheThreadThatAsked() throws Exception {
        try (GenerationEngine engine = new GenerationEngine(FakeModel.ofHash(1_000), ByteText::new, 8);
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Set<Thread>>> listeners = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                listeners.add(threads.submit(() -> {
                    Set<Thread> seen = new HashSet<>();
                    engine.generate(request(50, 1), text -> seen.add(Thread.currentThread()), new Cancellation());
                    seen.remove(Thread.currentThread());
                    return seen;
                }));
            }
            for (Future<Set<Thread>> others : listeners) {
                assertThat(others.get()).isEmpty();
            }
        }
    }

    @Test
    void aModelThatFailsForOneRequestAnswersTheOthersOfTheStep() throws Exception {
        int[] expected;
        try (GenerationEngine alone = new GenerationEngine(FakeModel.ofHash(10_000), ByteText::new, 1)) {
            expected = alone.generate(request(20, 1)).tokens();
        }
        Crowd crowd = new Crowd(feeds -> {
            if (feeds.stream().anyMatch(feed -> feed.tokens().length == 2)) {
                throw new IllegalStateException("broken");
            }
        });

        List<FutureTask<GenerationResult>> answers = crowd.ask(request(20, 1), request(20, 6, 7), request(20, 1));

        assertThatThrownBy(answers.get(1)::get).hasRootCauseMessage("broken");
        assertThat(answers.get(0).get().tokens()).isEqualTo(expected);
        assertThat(answers.get(2).get().tokens()).isEqualTo(expected);
        assertThat(crowd.model.openContexts()).isZero();
    }

    @Test
    void noThreadIsLeftBehind() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (GenerationEngine engine = new GenerationEngine(FakeModel.ofHash(1_000), ByteText::new, 4)) {
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                for (int i = 0; i < 4; i++) {
                    threads.submit(() -> engine.generate(request(50, 1)));
                }
            }
            assertThat(Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> !before.contains(thread))
                            .filter(thread -> Arrays.stream(thread.getStackTrace())
                                    .anyMatch(frame -> frame.getClassName().startsWith("io.github.ift4j"))))
                    .isEmpty();
        }
    }

    private static GenerationRequest request(int maxNewTokens, int... prompt) {
        return new GenerationRequest(prompt, maxNewTokens, SamplingParameters.GREEDY, List.of(), Set.of());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Requests that all wait for a step while the first of them is in one. */
    private static final class Crowd {
        private final RecordingModel model;
        private final List<Thread> others = new ArrayList<>();
        private final CountDownLatch inside = new CountDownLatch(1);
        private final CountDownLatch asked = new CountDownLatch(1);
        private boolean gathered;

        /** @param then what happens in each step once all are there */
        Crowd(Consumer<List<TokenModel.Feed>> then) {
            model = new RecordingModel(FakeModel.ofHash(10_000), false, feeds -> {
                gather();
                then.accept(feeds);
            });
        }

        /** Steps come one at a time, so this needs no lock. */
        private void gather() {
            if (gathered) {
                return;
            }
            gathered = true;
            inside.countDown();
            await(asked);
            while (others.stream().anyMatch(thread -> !(LockSupport.getBlocker(thread) instanceof Condition))) {
                Thread.onSpinWait();
            }
        }

        List<FutureTask<GenerationResult>> ask(GenerationRequest... requests) throws InterruptedException {
            List<FutureTask<GenerationResult>> answers = new ArrayList<>();
            try (GenerationEngine engine = new GenerationEngine(model, ByteText::new, requests.length)) {
                for (GenerationRequest request : requests) {
                    answers.add(new FutureTask<>(() -> engine.generate(request)));
                }
                Thread first = Thread.ofPlatform().start(answers.getFirst());
                await(inside);
                answers.stream()
                        .skip(1)
                        .forEach(answer -> others.add(Thread.ofPlatform().start(answer)));
                asked.countDown();
                first.join();
                for (Thread other : others) {
                    other.join();
                }
            }
            return answers;
        }
    }
}

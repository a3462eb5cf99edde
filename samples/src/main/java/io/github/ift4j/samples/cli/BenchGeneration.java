package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.GenerationEngine;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.SamplingParameters;
import io.github.ift4j.jlama.generation.TextListener;
import io.github.ift4j.jlama.generation.TextStream;
import io.github.ift4j.jlama.generation.guided.Guide;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast a model reads prompts and writes answers when several requests come at the same time, through the engine that serves
 * applications, without texts.
 *
 * @param promptTokens random tokens of each prompt
 * @param newTokens tokens of each answer, at least 2
 * @param streams requests at a time
 */
record BenchGeneration(int promptTokens, int newTokens, int streams) {
    /**
     * What a run took.
     *
     * @param prefill tokens of all prompts a second, until the last request has its first token
     * @param decode tokens of all answers a second, from then on
     * @param drafted tokens that the draft proposed
     * @param accepted tokens of them that the answers took
     */
    record Speed(double prefill, double decode, int drafted, int accepted) {}

    /**
     * Asks once; no context is kept from another run.
     *
     * @param guide of all answers; they may have fewer tokens
     */
    Speed run(TokenModel model, Optional<TokenModel> draft, Optional<Guide> guide, long seed) {
        List<List<Long>> times = new ArrayList<>();
        List<GenerationResult> results = new ArrayList<>();
        List<GenerationRequest> requests = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < streams; i++) {
            int[] prompt = random.ints(promptTokens, 0, model.vocabularySize()).toArray();
            requests.add(new GenerationRequest(
                    prompt, newTokens, SamplingParameters.GREEDY, List.of(), Set.of(), Set.of(), guide));
        }
        long start = System.nanoTime();
        try (GenerationEngine engine = new GenerationEngine(model, draft, () -> clock(times), streams, 0);
                ExecutorService threads = Executors.newFixedThreadPool(streams)) {
            List<Future<GenerationResult>> answers = new ArrayList<>();
            for (GenerationRequest request : requests) {
                answers.add(threads.submit(() -> engine.generate(request, TextListener.NONE, new Cancellation())));
            }
            for (Future<GenerationResult> answer : answers) {
                results.add(answer.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        }
        return speed(start, times, results);
    }

    private Speed speed(long start, List<List<Long>> times, List<GenerationResult> results) {
        long read = times.stream().mapToLong(List::getFirst).max().orElseThrow();
        long end = times.stream().mapToLong(List::getLast).max().orElseThrow();
        long written = times.stream()
                .flatMap(List::stream)
                .filter(time -> time - read > 0)
                .count();
        return new Speed(
                1e9 * streams * promptTokens / (read - start),
                1e9 * written / (end - read),
                results.stream().mapToInt(GenerationResult::draftedTokens).sum(),
                results.stream().mapToInt(GenerationResult::acceptedTokens).sum());
    }

    /** Notes when each token of an answer comes. */
    private static TextStream clock(List<List<Long>> all) {
        List<Long> times = new ArrayList<>();
        synchronized (all) {
            all.add(times);
        }
        return new TextStream() {
            @Override
            public String append(int token) {
                times.add(System.nanoTime());
                return "";
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }
}

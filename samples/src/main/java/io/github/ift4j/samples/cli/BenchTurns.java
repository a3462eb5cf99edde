package io.github.ift4j.samples.cli;

import com.google.common.primitives.Ints;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.GenerationEngine;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.SamplingParameters;
import io.github.ift4j.jlama.generation.TextStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * How long a chat waits for the first token of an answer: in its first turn, and in a later turn that says as much after a history that the
 * engine has read already.
 *
 * @param historyTokens tokens of the turns before, their answers included
 * @param newTokens tokens of the text that is new
 */
record BenchTurns(int historyTokens, int newTokens) {
    /** Answers are this long: what is measured is how they start. */
    private static final int ANSWER = 2;

    /**
     * What a run took.
     *
     * @param first seconds to the first token of a chat that begins with the new text
     * @param later seconds to the first token where the new text comes after the history
     */
    record Waits(double first, double later) {}

    /** Tokens that a context must be able to hold. */
    int contextLength() {
        return historyTokens + newTokens + ANSWER;
    }

    /** Asks so many times and reports how long that took. */
    Map<String, Object> report(TokenModel model, int runs) {
        List<Waits> waits = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            waits.add(run(model, run));
        }
        BenchRuns<Waits> measured = new BenchRuns<>(waits);
        double first = measured.median(Waits::first);
        double later = measured.median(Waits::later);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("first_turn_seconds", first);
        report.put("later_turn_seconds", later);
        report.put("later_over_first", later / first);
        return report;
    }

    /** Asks once. */
    private Waits run(TokenModel model, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] history =
                random.ints(historyTokens - ANSWER, 0, model.vocabularySize()).toArray();
        int[] text = random.ints(newTokens, 0, model.vocabularySize()).toArray();
        try (GenerationEngine engine = new GenerationEngine(model, BenchTurns::silent, 1)) {
            double first = seconds(engine.generate(request(text)).promptTime());
            GenerationResult answer = engine.generate(request(history));
            int[] later = Ints.concat(history, answer.tokens(), text);
            return new Waits(first, seconds(engine.generate(request(later)).promptTime()));
        }
    }

    private static GenerationRequest request(int[] prompt) {
        return new GenerationRequest(prompt, ANSWER, SamplingParameters.GREEDY, List.of(), Set.of());
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() * 1e-9;
    }

    private static TextStream silent() {
        return new TextStream() {
            @Override
            public String append(int token) {
                return "";
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }
}

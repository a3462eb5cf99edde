package io.github.ift4j.samples.cli;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.kernel.ReadBandwidth;
import io.github.ift4j.samples.cli.BenchGeneration.Speed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How fast the answers are generated that the options describe, run after run.
 *
 * @param model what answers
 * @param options how it answers
 */
record BenchAnswers(BenchModelOptions model, BenchGenerationOptions options) {
    /** Tokens that a context must be able to hold. */
    int contextLength() {
        return Math.addExact(options.promptTokens(), options.newTokens());
    }

    /** Measures so many runs. */
    Map<String, Object> report(Decoder decoder, Workers workers, int runs) {
        Optional<Guide> guide = options.guided()
                ? Optional.of(BenchGuide.of(decoder.vocabularySize(), options.newTokens()))
                : Optional.empty();
        Optional<Decoder> drafter = options.draft(contextLength(), decoder.vocabularySize(), workers);
        BenchGeneration bench = new BenchGeneration(options.promptTokens(), options.newTokens(), options.streams());
        List<Speed> free = new ArrayList<>();
        List<Speed> guided = new ArrayList<>();
        try {
            Optional<TokenModel> draft = drafter.map(TokenModel.class::cast);
            for (int run = 0; run < runs; run++) {
                free.add(bench.run(decoder, draft, Optional.empty(), run));
                if (guide.isPresent()) {
                    guided.add(bench.run(decoder, draft, guide, run));
                }
            }
        } finally {
            drafter.ifPresent(Decoder::close);
        }
        BenchRuns<Speed> speeds = new BenchRuns<>(free);
        double decode = speeds.median(Speed::decode);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("shape", model.name());
        report.put("prompt_tokens", options.promptTokens());
        report.put("new_tokens", options.newTokens());
        report.put("streams", options.streams());
        report.put("threads", workers.size());
        report.put("prefill_tokens_per_second", speeds.median(Speed::prefill));
        report.put("decode_tokens_per_second", decode);
        if (guide.isPresent()) {
            double guidedDecode = new BenchRuns<>(guided).median(Speed::decode);
            report.put("guided_tokens_per_second", guidedDecode);
            report.put("guided_share", guidedDecode / decode);
        }
        if (model.isShape()) {
            report.put("weights", model.weights());
        }
        if (model.isShape() && options.streams() == 1 && drafter.isEmpty()) {
            report.putAll(bandwidth(decode, workers));
        }
        if (drafter.isPresent()) {
            report.put(
                    "drafted_tokens",
                    speeds.counted().stream().mapToInt(Speed::drafted).sum());
            report.put(
                    "accepted_tokens",
                    speeds.counted().stream().mapToInt(Speed::accepted).sum());
        }
        return report;
    }

    /** How fast the weights are read, beside how fast this machine reads memory. */
    private Map<String, Object> bandwidth(double tokensPerSecond, Workers workers) {
        double bytes = model.bytesRead(contextLength());
        double bandwidth = ReadBandwidth.measure(workers);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("weight_mb_per_token", bytes * 1e-6);
        report.put("read_gb_per_second", bandwidth * 1e-9);
        report.put("share_of_bandwidth", tokensPerSecond * bytes / bandwidth);
        return report;
    }
}

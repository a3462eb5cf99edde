package io.github.ift4j.core.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.evaluation.EvaluationResult;
import io.github.ift4j.core.files.AtomicFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes {@code metrics.jsonl}, one object a step as soon as it is done: {@code step, epoch, loss, grad_norm, lr}, where the
 * method has it {@code lambda}, {@code tokens, labelled_tokens, tokens_per_second, seconds} and the objective's own metrics; and
 * {@code evaluation.jsonl}, one object an evaluation: {@code step, examples, tokens, nll, perplexity, accuracy}. Numbers have
 * all their digits. Of an earlier training only the steps that a checkpoint brought are kept.
 */
public final class MetricsWriter implements TrainingListener {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path metrics;
    private final Path evaluation;

    /** @param directory where the two files are; made at the start */
    public MetricsWriter(Path directory) {
        this.metrics = directory.resolve("metrics.jsonl");
        this.evaluation = directory.resolve("evaluation.jsonl");
    }

    @Override
    public void onStart(TrainingRun run) {
        try {
            keepSteps(metrics, run.stepsDone());
            if (Files.exists(evaluation)) {
                keepSteps(evaluation, run.stepsDone());
            }
        } catch (IOException e) {
            throw failure(metrics, e);
        }
    }

    @Override
    public void onStep(StepMetrics step) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step.step());
        line.put("epoch", step.epoch());
        line.put("loss", step.loss());
        line.put("grad_norm", step.gradientNorm());
        line.put("lr", step.learningRate());
        step.lambda().ifPresent(lambda -> line.put("lambda", lambda));
        line.put("tokens", step.tokens());
        line.put("labelled_tokens", step.labelledTokens());
        line.put("tokens_per_second", step.tokensPerSecond());
        line.put("seconds", step.seconds());
        step.metrics().forEach(line::putIfAbsent);
        append(metrics, line);
    }

    @Override
    public void onEvaluation(long step, EvaluationResult result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("examples", result.examples());
        line.put("tokens", result.tokens());
        line.put("nll", result.nll());
        line.put("perplexity", result.perplexity());
        line.put("accuracy", result.accuracy());
        append(evaluation, line);
    }

    private static void append(Path file, Map<String, Object> line) {
        try {
            Files.writeString(
                    file, MAPPER.writeValueAsString(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /** Drops later steps, and what follows the first line that an interrupted process left unfinished. */
    private static void keepSteps(Path file, long steps) throws IOException {
        StringBuilder kept = new StringBuilder();
        if (steps > 0 && Files.exists(file)) {
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (stepOf(line) > steps) {
                        break;
                    }
                    kept.append(line).append('\n');
                }
            }
        }
        AtomicFiles.writeString(file, kept.toString());
    }

    private static long stepOf(String line) {
        try {
            JsonNode step = MAPPER.readTree(line).path("step");
            return step.isIntegralNumber() ? step.longValue() : Long.MAX_VALUE;
        } catch (JsonProcessingException e) {
            return Long.MAX_VALUE;
        }
    }

    private static TrainingException failure(Path file, IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new TrainingException(
                file + ": cannot be written (" + reason + "); free space or choose another folder", e);
    }
}

package io.github.ift4j.core.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.ift4j.core.data.DataReport;
import io.github.ift4j.core.files.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes {@code training.json} when a training is done: where the model comes from and how it was made. It holds the method,
 * optimiser and settings, versions, size and SHA-256 of every file of the base model and of the data, what became of the data,
 * and the last metrics.
 */
public final class ProvenanceWriter implements TrainingListener {
    private static final ObjectMapper MAPPER = new ObjectMapper().disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);

    private final Path file;
    private final Map<String, Object> content = new LinkedHashMap<>();

    /**
     * Hashes the files now, before a training can replace them.
     *
     * @param file the file to be written
     * @param base files of the base model
     * @param data data files
     * @param details further facts by name, as Jackson can write them
     * @throws TrainingException when a file cannot be read
     */
    public ProvenanceWriter(Path file, List<Path> base, List<Path> data, Map<String, ?> details) {
        this.file = file;
        content.put("base", describe(base));
        content.put("data_files", describe(data));
        content.put("versions", versions());
        content.putAll(details);
    }

    @Override
    public void onStart(TrainingRun run) {
        content.put("method", described(run.objective()));
        content.put("optimizer", described(run.optimizer()));
        content.put("config", run.config());
        content.put("parameters", run.parameters());
        content.put("data", summary(run.data()));
    }

    @Override
    public void onEnd(TrainingResult result) {
        Map<String, Object> end = new LinkedHashMap<>();
        end.put("steps", result.steps());
        end.put("tokens", result.tokens());
        end.put("seconds", result.seconds());
        result.lastStep().ifPresent(step -> {
            end.put("loss", step.loss());
            end.put("grad_norm", step.gradientNorm());
            step.metrics().forEach(end::putIfAbsent);
        });
        result.evaluation().ifPresent(evaluation -> {
            end.put("eval_nll", evaluation.nll());
            end.put("eval_perplexity", evaluation.perplexity());
            end.put("eval_accuracy", evaluation.accuracy());
        });
        content.put("result", end);
        try {
            AtomicFiles.writeString(
                    file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(content) + "\n");
        } catch (IOException e) {
            throw new TrainingException(
                    file + ": cannot be written (" + e.getMessage() + "); free space or choose another folder", e);
        }
    }

    private static List<Map<String, Object>> describe(List<Path> files) {
        List<Map<String, Object>> described = new ArrayList<>();
        for (Path path : files) {
            try {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("file", path.toString());
                entry.put("bytes", Files.size(path));
                entry.put(
                        "sha256",
                        MoreFiles.asByteSource(path).hash(Hashing.sha256()).toString());
                described.add(entry);
            } catch (IOException e) {
                throw new TrainingException(path + ": cannot be read (" + e.getMessage() + ")", e);
            }
        }
        return described;
    }

    private static Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        String version = ProvenanceWriter.class.getPackage().getImplementationVersion();
        versions.put("ift", version == null ? "development" : version);
        versions.put("java", Runtime.version().toString());
        versions.put("vm", System.getProperty("java.vm.name"));
        versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return versions;
    }

    private static Map<String, Object> described(Object settings) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", settings.getClass().getSimpleName());
        described.put("settings", settings);
        return described;
    }

    private static Map<String, Object> summary(DataReport data) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("examples", data.examples());
        summary.put("tokens", data.tokens());
        summary.put("labelled_tokens", data.labelledTokens());
        summary.put("longest", data.longest());
        summary.put("truncated", data.truncated().size());
        summary.put("dropped", data.dropped().size());
        summary.put("identical", data.identical().size());
        summary.put("empty", data.empty().size());
        return summary;
    }
}

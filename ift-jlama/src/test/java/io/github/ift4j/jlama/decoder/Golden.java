package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.jlama.checkpoint.SafetensorsFile;
import io.github.ift4j.jlama.checkpoint.TensorEntry;
import io.github.ift4j.jlama.text.SharedFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * What PyTorch computes with a tiny random model: the files of {@code src/test/resources/golden} and, where they are not
 * there, of {@code ../shared/golden}. A test that needs a file which is in neither is skipped.
 */
public record Golden(String architecture) {
    private static final Path ROOT = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** All architectures that there are numbers for. */
    public static Stream<String> architectures() {
        return Stream.of(
                "llama", "llama-tied", "llama3", "mistral", "mixtral", "qwen2", "gemma", "gemma2", "granite", "gpt2");
    }

    /** The model's folder. */
    public Path model() {
        return path("model");
    }

    /** A file or folder, wherever it is. */
    public Path path(String name) {
        Path own = ROOT.resolve(architecture).resolve(name);
        if (Files.exists(own)) {
            return own;
        }
        Optional<Path> shared = SharedFolder.find("golden")
                .map(root -> root.resolve(architecture).resolve(name));
        Assumptions.assumeTrue(
                shared.filter(Files::exists).isPresent(),
                () -> "../shared/golden/" + architecture + "/" + name + " is not there");
        return shared.orElseThrow();
    }

    JsonNode expected() {
        return json(path("expected.json"));
    }

    /** The model's config.json. */
    public JsonNode config() {
        return json(model().resolve("config.json"));
    }

    /** The model's weights by name. */
    Map<String, double[]> weights() {
        Map<String, double[]> weights = new LinkedHashMap<>();
        names("model/model.safetensors").forEach(name -> weights.put(name, tensor("model/model.safetensors", name)));
        return weights;
    }

    /** The sequences of batch.safetensors, without their padding. */
    public List<Sequence> batch() {
        double[] ids = tensor("batch.safetensors", "input_ids");
        double[] labels = tensor("batch.safetensors", "labels");
        double[] mask = tensor("batch.safetensors", "attention_mask");
        int length = shape("batch.safetensors", "input_ids").getLast();
        List<Sequence> sequences = new ArrayList<>();
        for (int s = 0; s < ids.length / length; s++) {
            int from = s * length;
            int tokens = (int) Arrays.stream(mask, from, from + length).sum();
            sequences.add(new Sequence(ints(ids, from, tokens), ints(labels, from, tokens)));
        }
        return sequences;
    }

    /** The tokens of the batch's first sequence. */
    public int[] tokens() {
        return batch().getFirst().inputIds();
    }

    /** The pre-tokenised examples of train.jsonl. */
    public List<Sequence> examples() {
        try {
            List<Sequence> sequences = new ArrayList<>();
            for (String line : Files.readAllLines(path("train.jsonl"))) {
                JsonNode node = JSON.readTree(line);
                sequences.add(new Sequence(
                        JSON.convertValue(node.get("input_ids"), int[].class),
                        JSON.convertValue(node.get("labels"), int[].class)));
            }
            return sequences;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The logits of the first pass over a sequence of the batch, one of the first two, [tokens][vocabulary]. */
    public float[][] logits(int sequence) {
        double[] numbers = tensor("forward.safetensors", "first_logits");
        List<Integer> shape = shape("forward.safetensors", "first_logits");
        float[][] logits = new float[batch().get(sequence).length()][shape.getLast()];
        for (int t = 0; t < logits.length; t++) {
            for (int i = 0; i < logits[t].length; i++) {
                logits[t][i] = (float) numbers[(sequence * shape.get(1) + t) * logits[t].length + i];
            }
        }
        return logits;
    }

    /** A tensor's numbers, whatever its type. */
    double[] tensor(String file, String name) {
        try (SafetensorsFile tensors = SafetensorsFile.open(path(file))) {
            TensorEntry tensor = tensors.tensors().get(name);
            double[] values = new double[Math.toIntExact(tensor.size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = switch (tensor.type().name()) {
                    case "I64" -> tensor.segment().get(LONG, i * 8L);
                    case "F64" -> tensor.segment().get(DOUBLE, i * 8L);
                    case "F32" -> tensor.segment().get(FLOAT, i * 4L);
                    default -> throw new AssertionError(tensor);
                };
            }
            return values;
        }
    }

    List<Integer> shape(String file, String name) {
        try (SafetensorsFile tensors = SafetensorsFile.open(path(file))) {
            return tensors.tensors().get(name).shape();
        }
    }

    List<String> names(String file) {
        try (SafetensorsFile tensors = SafetensorsFile.open(path(file))) {
            return List.copyOf(tensors.tensors().keySet());
        }
    }

    private static JsonNode json(Path path) {
        try {
            return JSON.readTree(path.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ints(double[] values, int from, int count) {
        return Arrays.stream(values, from, from + count)
                .mapToInt(value -> (int) value)
                .toArray();
    }
}

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
import org.junit.jupiter.api.Assumptions;

/**
 * What PyTorch computes with a tiny random model: the folders of {@code src/test/resources/golden} and, for the architectures
 * that are not there, of {@code ../shared/golden}. A test that needs a folder which is in neither is skipped.
 */
public record Golden(String architecture) {
    private static final Path ROOT = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The model's folder. */
    public Path model() {
        return folder().resolve("model");
    }

    private Path folder() {
        Path own = ROOT.resolve(architecture);
        if (Files.isDirectory(own)) {
            return own;
        }
        Path shared = SharedFolder.find("golden")
                .map(root -> root.resolve(architecture))
                .orElse(own);
        Assumptions.assumeTrue(Files.isDirectory(shared), () -> "../shared/golden/" + architecture + " is not there");
        return shared;
    }

    JsonNode expected() {
        return json(folder().resolve("expected.json"));
    }

    /** The model's config.json. */
    JsonNode config() {
        return json(model().resolve("config.json"));
    }

    /** The model's weights by name. */
    Map<String, double[]> weights() {
        Map<String, double[]> weights = new LinkedHashMap<>();
        names("model/model.safetensors").forEach(name -> weights.put(name, tensor("model/model.safetensors", name)));
        return weights;
    }

    /** The sequences of batch.safetensors, without their padding. */
    List<Sequence> batch() {
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

    /** The pre-tokenised examples of train.jsonl. */
    List<Sequence> examples() {
        try {
            List<Sequence> sequences = new ArrayList<>();
            for (String line : Files.readAllLines(folder().resolve("train.jsonl"))) {
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

    /** A tensor's numbers, whatever its type. */
    double[] tensor(String file, String name) {
        try (SafetensorsFile tensors = SafetensorsFile.open(folder().resolve(file))) {
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
        try (SafetensorsFile tensors = SafetensorsFile.open(folder().resolve(file))) {
            return tensors.tensors().get(name).shape();
        }
    }

    List<String> names(String file) {
        try (SafetensorsFile tensors = SafetensorsFile.open(folder().resolve(file))) {
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

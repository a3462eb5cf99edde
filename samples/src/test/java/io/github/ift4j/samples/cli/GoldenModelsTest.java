package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.jlama.checkpoint.SafetensorsFile;
import io.github.ift4j.jlama.checkpoint.TensorEntry;
import io.github.ift4j.jlama.text.Tokenizer;
import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command line against PyTorch's numbers for ten architectures: {@code ift train} with the settings that {@code expected.json}
 * describes under {@code trajectory}, and {@code ift generate}.
 *
 * <p>Tolerances, as the README of the numbers has them for float32: losses 1e-5, gradient norms 1e-4, weights 1e-4 (relative L2 of each
 * tensor), biases of keys 2e-3, because their true gradient is almost zero, so that RMSprop blows up rounding.
 */
class GoldenModelsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({
        "llama, ift",
        "llama, sft",
        "llama-tied, ift",
        "llama3, ift",
        "mistral, ift",
        "mixtral, ift",
        "qwen2, ift",
        "gemma, ift",
        "gemma2, ift",
        "granite, ift",
        "gpt2, ift"
    })
    void trainingFollowsPyTorchToItsFinalWeights(String architecture, String method) throws IOException {
        Path golden = Shared.path("golden/" + architecture);
        Path out = temp.resolve("out");
        Launch launch = Launch.ift(arguments(golden, out, method));

        assertThat(launch.err()).doesNotContain("ift: ");
        assertThat(launch.status()).isZero();
        JsonNode expected =
                MAPPER.readTree(golden.resolve("expected.json").toFile()).at("/trajectory/" + method);
        List<String> steps = Files.readAllLines(out.resolve("metrics.jsonl"));
        assertThat(steps).hasSize(10);
        for (int i = 0; i < steps.size(); i++) {
            JsonNode step = MAPPER.readTree(steps.get(i));
            assertThat(step.path("loss").doubleValue())
                    .as("loss of step %s", i + 1)
                    .isCloseTo(expected.get(i).path("loss").doubleValue(), withinPercentage(1e-3));
            assertThat(step.path("grad_norm").doubleValue())
                    .as("gradient norm of step %s", i + 1)
                    .isCloseTo(expected.get(i).path("grad_norm").doubleValue(), withinPercentage(1e-2));
        }
        assertWeights(out.resolve("model.safetensors"), golden.resolve("after-" + method + ".safetensors"));
    }

    private static void assertWeights(Path actual, Path expected) {
        try (SafetensorsFile ours = SafetensorsFile.open(actual);
                SafetensorsFile theirs = SafetensorsFile.open(expected)) {
            assertThat(ours.tensors()).containsOnlyKeys(theirs.tensors().keySet());
            theirs.tensors().forEach((name, tensor) -> {
                double[] wanted = floats(tensor);
                double[] found = floats(ours.tensors().get(name));
                int third = name.endsWith("c_attn.bias") ? wanted.length / 3 : 0;
                if (name.endsWith("k_proj.bias")) {
                    assertThat(distance(found, wanted)).as(name).isLessThanOrEqualTo(2e-3);
                } else if (third > 0) {
                    assertThat(distance(part(found, 0, third), part(wanted, 0, third)))
                            .as(name)
                            .isLessThanOrEqualTo(1e-4);
                    assertThat(distance(part(found, third, 2 * third), part(wanted, third, 2 * third)))
                            .as(name)
                            .isLessThanOrEqualTo(2e-3);
                    assertThat(distance(part(found, 2 * third, 3 * third), part(wanted, 2 * third, 3 * third)))
                            .as(name)
                            .isLessThanOrEqualTo(1e-4);
                } else {
                    assertThat(distance(found, wanted)).as(name).isLessThanOrEqualTo(1e-4);
                }
            });
        }
    }

    /** Of the prompts of the numbers those that are text, which few of their random bytes are. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama-tied",
                "llama3",
                "mistral",
                "mixtral",
                "qwen2",
                "gemma",
                "gemma2",
                "granite",
                "gpt2"
            })
    void theAnswerBeginsWithPyTorchsMostProbableToken(String architecture) {
        Path golden = Shared.path("golden/" + architecture);
        int compared = 0;
        try (Tokenizer tokenizer = Tokenizer.load(golden.resolve("model"));
                SafetensorsFile batch = SafetensorsFile.open(golden.resolve("batch.safetensors"));
                SafetensorsFile forward = SafetensorsFile.open(golden.resolve("forward.safetensors"))) {
            TensorEntry logits = forward.tensors().get("first_logits");
            for (int s = 0; s < logits.shape().getFirst(); s++) {
                for (int length = 1; length <= 4; length++) {
                    int[] prompt = row(batch.tensors().get("input_ids"), s, length);
                    String text = tokenizer.decode(prompt, false);
                    if (!Arrays.equals(tokenizer.encode(text, true), prompt)) {
                        continue;
                    }
                    Launch launch = Launch.ift(
                            "generate",
                            "--raw",
                            "--model",
                            golden.resolve("model").toString(),
                            "--prompt",
                            text,
                            "--max-new-tokens",
                            "1",
                            "--temperature",
                            "0");
                    int best = argmax(logits, s, length - 1);
                    assertThat(launch.out()).isEqualTo(tokenizer.decode(new int[] {best}, true) + "\n");
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThanOrEqualTo(3);
    }

    private static int argmax(TensorEntry logits, int sequence, int position) {
        int vocabulary = logits.shape().getLast();
        double[] values = floats(logits);
        int from = (sequence * logits.shape().get(1) + position) * vocabulary;
        int best = 0;
        for (int i = 1; i < vocabulary; i++) {
            if (values[from + i] > values[from + best]) {
                best = i;
            }
        }
        return best;
    }

    private static int[] row(TensorEntry ids, int row, int count) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = (int) ids.segment().get(LONG, ((long) row * ids.shape().getLast() + i) * Long.BYTES);
        }
        return values;
    }

    private static double[] floats(TensorEntry tensor) {
        MemorySegment segment = tensor.segment();
        boolean wide = tensor.type().name().equals("F64");
        double[] values = new double[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = wide ? segment.get(DOUBLE, i * 8L) : segment.get(FLOAT, i * 4L);
        }
        return values;
    }

    private static double[] part(double[] values, int from, int to) {
        return Arrays.copyOfRange(values, from, to);
    }

    private static double distance(double[] found, double[] wanted) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += (found[i] - wanted[i]) * (found[i] - wanted[i]);
            size += wanted[i] * wanted[i];
        }
        return Math.sqrt(difference / size);
    }

    private static String[] arguments(Path golden, Path out, String method) {
        String line = "train --method " + method + (method.equals("ift") ? " --lambda 0.2 --gamma 0.95" : "")
                + " --optimizer rmsprop --lr 1e-3 "
                + "--schedule cosine --warmup-steps 1 --batch-size 4 --max-grad-norm 1.0 --no-shuffle --max-steps 10";
        List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
        Stream.of("--model", golden.resolve("model"), "--data", golden.resolve("train.jsonl"), "--out", out)
                .map(Object::toString)
                .forEach(arguments::add);
        return arguments.toArray(String[]::new);
    }
}

package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.checkpoint.Quantiser;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that serves from weights of fewer bits equals the model of the float32 numbers that they stand for, bit for bit. */
class QuantisedServingTest {
    private final Workers workers = new Workers(2);

    @TempDir
    Path temp;

    @AfterEach
    void release() {
        workers.close();
    }

    static Stream<Arguments> models() {
        return Golden.architectures()
                .flatMap(architecture -> Stream.of(ElementType.BF16, ElementType.I8, ElementType.Q4)
                        .map(type -> Arguments.of(architecture, type)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsAreThoseOfTheModelInFloat32(String architecture, ElementType type) {
        Golden golden = new Golden(architecture);
        Path quantised = temp.resolve("quantised");
        new Quantiser(type).quantise(golden.model(), quantised);
        Path floats = inFloat32(quantised);
        float[] expected = logits(floats, golden.tokens(), golden.tokens().length);
        assertThat(logits(quantised, golden.tokens(), golden.tokens().length)).containsExactly(expected);
        assertThat(logits(quantised, golden.tokens(), 1)).containsExactly(expected);
        assertThat(logits(golden.model(), golden.tokens(), 1))
                .as("the model before")
                .isNotEqualTo(expected);
    }

    /**
     * An error of all weights reaches the logits through some ten products one after the other, whose errors add up as random ones do
     * or somewhat faster: up to ten times the error of a weight.
     */
    @ParameterizedTest
    @MethodSource("models")
    void logitsAreAsFarFromTheModelBeforeAsTheWeightsExplain(String architecture, ElementType type) {
        Golden golden = new Golden(architecture);
        Path quantised = temp.resolve("quantised");
        new Quantiser(type).quantise(golden.model(), quantised);
        double ofWeights = difference(weights(quantised), weights(golden.model()));
        double ofLogits = difference(
                Stream.of(logits(quantised, golden.tokens(), 1)),
                Stream.of(logits(golden.model(), golden.tokens(), 1)));
        // A step of the format over the root of twelve: 2^-8 of the weight itself at most, or about 2.2 deviations /
        // 127 or / 8.
        assertThat(ofWeights)
                .isBetween(0.001, type == ElementType.BF16 ? 0.002 : type == ElementType.I8 ? 0.006 : 0.09);
        assertThat(ofLogits).isLessThan(10 * ofWeights);
    }

    private static Stream<float[]> weights(Path model) {
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory files = HuggingFaceDirectory.open(model)) {
            return files.tensorNames().stream()
                    .sorted()
                    .map(name -> files.readFloat32(name, files.tensor(name).shape(), arena)
                            .toArray(ValueLayout.JAVA_FLOAT))
                    .toList()
                    .stream();
        }
    }

    /** Length of the difference relative to that of what is expected. */
    private static double difference(Stream<float[]> actual, Stream<float[]> expected) {
        List<float[]> actuals = actual.toList();
        List<float[]> expecteds = expected.toList();
        double error = 0;
        double size = 0;
        for (int i = 0; i < expecteds.size(); i++) {
            for (int j = 0; j < expecteds.get(i).length; j++) {
                error += Math.pow(actuals.get(i)[j] - expecteds.get(i)[j], 2);
                size += Math.pow(expecteds.get(i)[j], 2);
            }
        }
        return Math.sqrt(error / size);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAdapterAddsToItAsToTheModelInFloat32(boolean dora) {
        Golden golden = new Golden("llama-tied");
        Path quantised = temp.resolve("quantised");
        new Quantiser(ElementType.Q4).quantise(golden.model(), quantised);
        Path adapter = temp.resolve("adapter");
        PeftConfig config = PeftConfig.of(4, 8, new PeftTargets.AllLinear());
        try (DecoderPolicy policy = DecoderPolicy.adapt(quantised, dora ? config.withDora(true) : config, 1, workers)) {
            PeftAdapter made = policy.adapter().orElseThrow();
            SplittableRandom random = new SplittableRandom(2);
            made.modules().values().forEach(factors -> {
                for (long i = 0; i < factors.b().byteSize() / Float.BYTES; i++) {
                    factors.b().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextGaussian() * 0.1));
                }
            });
            PeftWriter.plain().write(adapter, made);
        }
        float[] expected = logits(inFloat32(quantised), Optional.of(adapter), golden.tokens(), 1);
        assertThat(logits(quantised, Optional.of(adapter), golden.tokens(), 1)).containsExactly(expected);
        assertThat(logits(quantised, golden.tokens(), 1)).isNotEqualTo(expected);
    }

    private Path inFloat32(Path model) {
        return Float32Copy.of(model, temp.resolve("floats"));
    }

    private float[] logits(Path model, int[] tokens, int atOnce) {
        return logits(model, Optional.empty(), tokens, atOnce);
    }

    /** After all tokens, given so many at a time. */
    private float[] logits(Path model, Optional<Path> adapter, int[] tokens, int atOnce) {
        try (Decoder decoder = Decoder.load(model, adapter, workers);
                TokenModel.Context context = decoder.newContext()) {
            float[] logits = new float[decoder.vocabularySize()];
            for (int from = 0; from < tokens.length; from += atOnce) {
                context.append(Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + atOnce)), logits);
            }
            return logits;
        }
    }
}

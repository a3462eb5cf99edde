package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.github.tjake.jlama.tensor.AbstractTensor;
import io.github.ift4j.jlama.decoder.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that Jlama itself has quantised. */
class QuantisedModelTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj.weight";

    @TempDir
    Path parent;

    @ParameterizedTest
    @CsvSource({"Q4, Q4", "I8, I8"})
    void hasTheWeightsThatJlamaComputesWithBitForBit(DType jlamaType, ElementType type) {
        Path folder = quantise(jlamaType);
        WeightLoader stock = SafeTensorSupport.loadWeights(folder.toFile());
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder);
                HuggingFaceDirectory floats = HuggingFaceDirectory.open(LLAMA.model())) {
            assertThat(model.quantisation()).contains(type);
            assertThat(model.tensorNames()).hasSameElementsAs(floats.tensorNames());
            int quantised = 0;
            for (String name : model.tensorNames()) {
                List<Integer> shape = floats.tensor(name).shape();
                float[] ours = model.readFloat32(name, shape, arena).toArray(ValueLayout.JAVA_FLOAT);
                assertThat(bits(ours)).as(name).isEqualTo(bits(elements(stock.load(name))));
                quantised += stock.load(name).dType() == jlamaType ? 1 : 0;
            }
            assertThat(quantised).as("all matrices").isEqualTo(16);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"Q4", "I8"})
    void anotherOrderOfTheElementsWouldBeSeen(DType type) throws IOException {
        Path folder = quantise(type);
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        int begin;
        try (SafetensorsFile file = SafetensorsFile.open(weights)) {
            // The tensors lie in the order of the map, so all before this one tell where it begins.
            long before = file.tensors().values().stream()
                    .takeWhile(tensor -> !tensor.name().equals(Q_PROJ))
                    .mapToLong(tensor -> tensor.segment().byteSize())
                    .sum();
            begin = (int)
                    (8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0) + before);
        }
        float[] expected =
                elements(SafeTensorSupport.loadWeights(folder.toFile()).load(Q_PROJ));
        byte first = bytes[begin];
        bytes[begin] = type == DType.Q4 ? (byte) (first << 4 | (first >> 4 & 0xf)) : bytes[begin + 1];
        bytes[begin + 1] = type == DType.Q4 ? bytes[begin + 1] : first;
        Path swapped = Files.createDirectory(parent.resolve("swapped"));
        Files.copy(folder.resolve("config.json"), swapped.resolve("config.json"));
        Files.write(swapped.resolve("model.safetensors"), bytes);
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(swapped)) {
            float[] ours = model.readFloat32(Q_PROJ, List.of(64, 64), arena).toArray(ValueLayout.JAVA_FLOAT);
            assertThat(bits(ours)).isNotEqualTo(bits(expected));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"Q4", "I8"})
    void itsWeightsCannotBeTrained(DType type) {
        Path folder = quantise(type);
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThat(model.isQuantised()).isTrue();
            assertThatThrownBy(model::checkTrainable)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(folder + ": the weights are quantised (" + type
                            + ") and cannot be trained: train an adapter (LoRA) on them, or the model that they were"
                            + " made from");
        }
    }

    @Test
    void aFolderOfFloatsIsNotQuantised() {
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(LLAMA.model())) {
            model.checkTrainable();
            assertThat(model.isQuantised()).isFalse();
            assertThat(model.quantisation()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"Q4", "I8"})
    void whatIsBasedOnItIsAModelOfFloats(DType type) {
        Path out = parent.resolve("out");
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory base = HuggingFaceDirectory.open(quantise(type))) {
            float[] tuned = new float[64 * 64];
            Arrays.fill(tuned, 0.5f);
            HuggingFaceWriter.basedOn(base)
                    .write(
                            out,
                            List.of(new Float32Tensor(
                                    Q_PROJ, List.of(64, 64), arena.allocateFrom(ValueLayout.JAVA_FLOAT, tuned))));
            try (HuggingFaceDirectory written = HuggingFaceDirectory.open(out);
                    HuggingFaceDirectory floats = HuggingFaceDirectory.open(LLAMA.model())) {
                assertThat(written.quantisation()).isEqualTo(Optional.empty());
                assertThat(written.tensorNames()).hasSameElementsAs(floats.tensorNames());
                for (String name : floats.tensorNames()) {
                    List<Integer> shape = floats.tensor(name).shape();
                    assertThat(written.tensor(name).type()).as(name).isEqualTo(ElementType.F32);
                    float[] expected = name.equals(Q_PROJ)
                            ? tuned
                            : base.readFloat32(name, shape, arena).toArray(ValueLayout.JAVA_FLOAT);
                    assertThat(bits(written.readFloat32(name, shape, arena).toArray(ValueLayout.JAVA_FLOAT)))
                            .as(name)
                            .isEqualTo(bits(expected));
                }
            }
        }
    }

    @Test
    void stockJlamaLoadsWhatIsBasedOnItAndComputesTheSame() {
        Path out = parent.resolve("out");
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory base = HuggingFaceDirectory.open(quantise(DType.I8))) {
            HuggingFaceWriter.basedOn(base).write(out, List.of());
            List<Float32Tensor> weights = base.tensorNames().stream()
                    .map(name -> {
                        List<Integer> shape = base.tensor(name).shape();
                        return new Float32Tensor(name, shape, base.readFloat32(name, shape, arena));
                    })
                    .toList();
            try (StockJlama written = StockJlama.loaded(out);
                    StockJlama dequantised = StockJlama.over(base.config(), weights)) {
                float[][] logits = dequantised.logits(LLAMA.tokens());
                float noise = Logits.noise(logits);
                assertThat(Logits.difference(written.logits(LLAMA.tokens()), logits))
                        .isLessThan(noise);
                assertThat(Logits.difference(LLAMA.logits(0), logits))
                        .as("what quantisation changed")
                        .isGreaterThan(1000 * noise);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Q4 [2,32] 32 | | | is stored as Q4, but the factors of its blocks, 'w.qb', are missing",
                "I8 [2,32] 64 | | | is stored as I8; weights must be F32",
                "Q4 [2,32] 32 | F32 [2,2] 16 | | 'w.qb' has shape [2, 2], for a weight of shape [2, 32] it should be"
                        + " [2, 1]",
                "I8 [2,32] 64 | F32 [2] 8 | | 'w.qb' has shape [2], for a weight of shape [2, 32] it should be [2, 1]",
                "I8 [2,32] 64 | BF16 [2,1] 4 | | 'w.qb' is stored as BF16; factors of quantised blocks must be F32",
                "I8 [64,1] 64 | F32 [64,1] 256 | | its last dimension must be a multiple of 32",
                "I8 [] 1 | F32 [] 4 | | its last dimension must be a multiple of 32",
                "Q4 [2,32] 32 | F32 [2,1] 8 | NaN | 'w' holds NaN at index [0, 0]; all weights must be finite",
                "I8 [2,32] 64 | F32 [2,1] 8 | Infinity | 'w' holds NaN at index [0, 0]; all weights must be finite",
                "Q4 [2,32] 32 | F32 [2,1] 8 | 3e38 | 'w' holds -Infinity at index [0, 0]; all weights must be finite",
            })
    void refusesDamage(String specification) throws IOException {
        String[] parts = specification.split(" ?\\| ?");
        String[] weight = parts[0].split(" ");
        int end = Integer.parseInt(weight[2]);
        StringBuilder header = new StringBuilder("{").append(RawSafetensors.entry("w", weight[0], weight[1], 0, end));
        ByteBuffer data =
                ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN).position(end);
        if (!parts[1].isEmpty()) {
            String[] factors = parts[1].split(" ");
            int size = Integer.parseInt(factors[2]);
            header.append(',').append(RawSafetensors.entry("w.qb", factors[0], factors[1], end, end + size));
            data.putFloat(parts[2].isEmpty() ? 1 : Float.parseFloat(parts[2])).position(end + size);
        }
        Path folder = Files.createDirectory(parent.resolve("model"));
        Files.writeString(folder.resolve("config.json"), "{}");
        RawSafetensors.write(
                folder.resolve("model.safetensors"),
                header.append('}').toString(),
                Arrays.copyOf(data.array(), data.position()));

        assertThatThrownBy(() -> {
                    try (Arena arena = Arena.ofConfined();
                            HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
                        model.readFloat32("w", model.tensor("w").shape(), arena);
                    }
                })
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(folder.resolve("model.safetensors") + ": tensor ")
                .hasMessageContaining(parts[3]);
    }

    private Path quantise(DType type) {
        return QuantisedByJlama.of(LLAMA.model(), type, parent);
    }

    private static float[] elements(AbstractTensor<?, ?> tensor) {
        int rows = tensor.shape().first();
        int columns = tensor.shape().last();
        float[] elements = new float[rows * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = tensor.get(i / columns, i % columns);
        }
        return elements;
    }

    private static int[] bits(float[] floats) {
        int[] bits = new int[floats.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(floats[i]);
        }
        return bits;
    }
}

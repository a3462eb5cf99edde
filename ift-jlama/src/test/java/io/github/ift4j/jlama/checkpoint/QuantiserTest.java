package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.FloatBufferTensor;
import com.github.tjake.jlama.tensor.Q4ByteBufferTensor;
import com.github.tjake.jlama.tensor.Q8ByteBufferTensor;
import io.github.ift4j.jlama.decoder.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models in fewer bits are those that Jlama makes. */
class QuantiserTest {
    private static final Golden LLAMA = new Golden("llama");
    /** Index of a number of common size. */
    private static final int BIG = 42 * QuantisedBlocks.BLOCK + 3;

    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj.weight";

    @TempDir
    Path parent;

    @ParameterizedTest
    @CsvSource({"Q4, Q4", "I8, I8"})
    void everyTensorIsTheOneThatJlamaWritesBitForBit(ElementType type, DType jlamaType) {
        Path ours = parent.resolve("ours");
        Quantiser.Result result = new Quantiser(type).quantise(LLAMA.model(), ours);
        Path theirs = QuantisedByJlama.of(LLAMA.model(), jlamaType, parent);
        assertThat(result.quantised()).hasSize(16).contains(Q_PROJ, "lm_head.weight", "model.embed_tokens.weight");
        assertThat(result.unfit()).isEmpty();
        try (SafetensorsFile written = SafetensorsFile.open(ours.resolve("model.safetensors"));
                SafetensorsFile expected = SafetensorsFile.open(theirs.resolve("model.safetensors"))) {
            assertThat(written.tensors().keySet())
                    .hasSameElementsAs(expected.tensors().keySet());
            long bytes = 0;
            for (TensorEntry tensor : expected.tensors().values()) {
                TensorEntry other = written.tensors().get(tensor.name());
                assertThat(other.type()).as(tensor.name()).isEqualTo(tensor.type());
                assertThat(other.segment().mismatch(tensor.segment()))
                        .as(tensor.name())
                        .isEqualTo(-1);
                bytes += other.segment().byteSize();
            }
            assertThat(result.bytesAfter()).isEqualTo(bytes);
        }
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(ours)) {
            assertThat(model.quantisation()).contains(type);
            assertThat(model.config()).isEqualTo(LLAMA.config());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"Q4", "I8"})
    void blocksOfAllSizesOfNumbersAreAsJlamaMakesThem(ElementType type) {
        Random random = new Random(3);
        int blocks = 400;
        float[] values = new float[blocks * QuantisedBlocks.BLOCK];
        for (int i = 0; i < values.length; i++) {
            // From numbers whose factor vanishes over common ones to those near the largest float.
            float size = (float) Math.pow(10, (i / QuantisedBlocks.BLOCK) % 80 - 42);
            values[i] = switch (random.nextInt(8)) {
                case 0 -> 0;
                case 1 -> -size;
                default -> (float) random.nextGaussian() * size;
            };
        }
        FloatBufferTensor floats = new FloatBufferTensor(blocks, QuantisedBlocks.BLOCK);
        for (int i = 0; i < values.length; i++) {
            floats.set(values[i], i / QuantisedBlocks.BLOCK, i % QuantisedBlocks.BLOCK);
        }
        byte[] numbers;
        FloatBufferTensor factors;
        if (type == ElementType.Q4) {
            Q4ByteBufferTensor tensor = new Q4ByteBufferTensor(floats);
            numbers = tensor.getMemorySegment().toArray(ValueLayout.JAVA_BYTE);
            factors = tensor.getBlockF();
        } else {
            Q8ByteBufferTensor tensor = new Q8ByteBufferTensor(floats);
            numbers = tensor.getMemorySegment().toArray(ValueLayout.JAVA_BYTE);
            factors = tensor.getBlockF();
        }
        int bytesOfBlock = (int) type.bytes(QuantisedBlocks.BLOCK);
        byte[] ours = new byte[numbers.length];
        for (int block = 0; block < blocks; block++) {
            int from = block * QuantisedBlocks.BLOCK;
            BlockQuantiser.numbers(type, values, from, ours, block * bytesOfBlock);
            assertThat(Float.floatToRawIntBits(BlockQuantiser.factor(type, values, from)))
                    .as("factor of block %s", block)
                    .isEqualTo(Float.floatToRawIntBits(factors.get(block, 0)));
        }
        assertThat(ours).containsExactly(numbers);
        values[BIG] *= 2;
        BlockQuantiser.numbers(
                type,
                values,
                BIG / QuantisedBlocks.BLOCK * QuantisedBlocks.BLOCK,
                ours,
                BIG / QuantisedBlocks.BLOCK * bytesOfBlock);
        assertThat(ours).as("after a change of one value").isNotEqualTo(numbers);
    }

    /** Only from Q4: Jlama's Panama operations have no product with weights of eight bits. */
    @Test
    void stockJlamaAnswersFromFourBits() {
        Path folder = parent.resolve("quantised");
        new Quantiser(ElementType.Q4).quantise(LLAMA.model(), folder);
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            List<Float32Tensor> weights = model.tensorNames().stream()
                    .map(name -> {
                        List<Integer> shape = model.tensor(name).shape();
                        return new Float32Tensor(name, shape, model.readFloat32(name, shape, arena));
                    })
                    .toList();
            try (StockJlama stock = StockJlama.loaded(folder);
                    StockJlama dequantised = StockJlama.over(model.config(), weights)) {
                float[][] expected = dequantised.logits(LLAMA.tokens());
                // Jlama multiplies the sum of a block by its factor, so its last bits differ from those of float
                // weights.
                assertThat(Logits.difference(stock.logits(LLAMA.tokens()), expected))
                        .isLessThan(10 * Logits.noise(expected));
                assertThat(Logits.difference(LLAMA.logits(0), expected))
                        .as("what quantisation changed")
                        .isGreaterThan(1000 * Logits.noise(expected));
            }
        }
    }

    @Test
    void sixteenBitsAreThoseOfTheWriter() {
        Path ours = parent.resolve("ours");
        Path expected = parent.resolve("expected");
        Quantiser.Result result = new Quantiser(ElementType.BF16).quantise(LLAMA.model(), ours);
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory base = HuggingFaceDirectory.open(LLAMA.model())) {
            List<Float32Tensor> weights = new ArrayList<>();
            for (String name : base.tensorNames()) {
                List<Integer> shape = base.tensor(name).shape();
                weights.add(new Float32Tensor(name, shape, base.readFloat32(name, shape, arena)));
            }
            HuggingFaceWriter.basedOn(base).elementType(ElementType.BF16).write(expected, weights);
        }
        assertThat(ours.resolve("model.safetensors")).hasSameBinaryContentAs(expected.resolve("model.safetensors"));
        assertThat(ours.resolve("config.json")).hasSameBinaryContentAs(expected.resolve("config.json"));
        assertThat(result.bytesAfter() * 2).isEqualTo(result.bytesBefore());
    }

    @Test
    void matricesOfOtherWidthsAndVectorsStayAsTheyAre() throws IOException {
        Path model = model(new float[3 * 40], new float[2 * 64], new float[64]);
        Path out = parent.resolve("out");
        Quantiser.Result result = new Quantiser(ElementType.Q4).quantise(model, out);
        assertThat(result.quantised()).containsExactly("wide");
        assertThat(result.unfit()).containsExactly("odd");
        try (HuggingFaceDirectory written = HuggingFaceDirectory.open(out)) {
            assertThat(written.tensor("odd").type()).isEqualTo(ElementType.F32);
            assertThat(written.tensor("vector").type()).isEqualTo(ElementType.F32);
            assertThat(written.tensor("wide").type()).isEqualTo(ElementType.Q4);
        }
    }

    @Test
    void aWeightThatIsNotFiniteIsNamed() throws IOException {
        float[] wide = new float[2 * 64];
        wide[70] = Float.NaN;
        Path model = model(new float[3 * 40], wide, new float[64]);
        Path out = parent.resolve("out");
        assertThatThrownBy(() -> new Quantiser(ElementType.I8).quantise(model, out))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tensor 'wide' holds NaN at index [1, 6]");
        assertThat(out).doesNotExist();
    }

    @Test
    void whatIsQuantisedIsNotQuantisedAgain() {
        Path four = parent.resolve("four");
        new Quantiser(ElementType.Q4).quantise(LLAMA.model(), four);
        assertThatThrownBy(() -> new Quantiser(ElementType.BF16).quantise(four, parent.resolve("again")))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        four + ": its weights are quantised already (Q4); quantise the model that it was made from");
    }

    @Test
    void neitherTheModelItselfNorAnotherIsOverwritten() throws IOException {
        Path out = parent.resolve("out");
        Path model = model(new float[3 * 40], new float[2 * 64], new float[64]);
        Quantiser four = new Quantiser(ElementType.Q4);
        assertThatThrownBy(() -> four.quantise(model, model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("holds the model itself");
        four.quantise(LLAMA.model(), out);
        byte[] before = Files.readAllBytes(out.resolve("model.safetensors"));
        assertThatThrownBy(() -> four.quantise(model, out))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("holds another model");
        for (ElementType other : List.of(ElementType.I8, ElementType.BF16)) {
            assertThatThrownBy(() -> new Quantiser(other).quantise(LLAMA.model(), out))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(out + ": holds a model that is not " + other
                            + ", which is not overwritten; choose another folder or delete this one");
        }
        four.quantise(LLAMA.model(), out);
        assertThat(out.resolve("model.safetensors")).hasBinaryContent(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "Q4"})
    void sixteenBitsDoNotTakeThePlaceOfAModelInOtherFormats(String name) {
        Path out = parent.resolve("out");
        if (name.equals("F32")) {
            try (HuggingFaceDirectory base = HuggingFaceDirectory.open(LLAMA.model())) {
                HuggingFaceWriter.basedOn(base).write(out, List.of());
            }
        } else {
            new Quantiser(ElementType.Q4).quantise(LLAMA.model(), out);
        }
        assertThatThrownBy(() -> new Quantiser(ElementType.BF16).quantise(LLAMA.model(), out))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("holds a model that is not BF16");
    }

    @Test
    void otherTypesAreRefused() {
        assertThatThrownBy(() -> new Quantiser(ElementType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("models are quantised to Q4, I8 or BF16, not F16");
    }

    /** A model of no architecture: a matrix [rows, 40], a matrix [2, 64] and a vector. */
    private Path model(float[] odd, float[] wide, float[] vector) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("model"));
        Files.writeString(folder.resolve("config.json"), "{}");
        int afterOdd = odd.length * Float.BYTES;
        int afterWide = afterOdd + wide.length * Float.BYTES;
        int end = afterWide + vector.length * Float.BYTES;
        ByteBuffer data = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(odd).put(wide).put(vector);
        String header = String.join(
                ",",
                RawSafetensors.entry("odd", "F32", "[" + odd.length / 40 + ",40]", 0, afterOdd),
                RawSafetensors.entry("wide", "F32", "[2,64]", afterOdd, afterWide),
                RawSafetensors.entry("vector", "F32", "[64]", afterWide, end));
        RawSafetensors.write(folder.resolve("model.safetensors"), "{" + header + "}", data.array());
        return folder;
    }
}

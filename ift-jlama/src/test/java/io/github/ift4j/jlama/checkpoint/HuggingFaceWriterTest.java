package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import io.github.ift4j.jlama.decoder.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceWriterTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path parent;

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void release() {
        arena.close();
    }

    @Test
    void aGoldenModelSurvivesTheRoundTripAndLoadsInStockJlama() {
        Path out = parent.resolve("new/out");
        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(LLAMA.model())) {
            HuggingFaceWriter.basedOn(base).write(out, load(base));

            assertSameTensors(base, out);
        }
        try (StockJlama before = StockJlama.loaded(LLAMA.model());
                StockJlama after = StockJlama.loaded(out)) {
            int[] prompt = LLAMA.tokens();
            float[][] logits = before.logits(prompt);
            assertThat(Logits.difference(after.logits(prompt), logits)).isLessThan(Logits.noise(logits));
            assertThat(after.greedy(prompt, 20)).isEqualTo(before.greedy(prompt, 20));
        }
        assertThat(out.resolve("tokenizer.json"))
                .hasSameBinaryContentAs(LLAMA.model().resolve("tokenizer.json"));
        assertThat(out.resolve("tokenizer_config.json"))
                .hasSameBinaryContentAs(LLAMA.model().resolve("tokenizer_config.json"));
    }

    @Test
    void stockJlamaReadsTheNumbersThatWereWritten() {
        Path out = parent.resolve("out");
        Float32Tensor written = tensor("w", List.of(2, 2), 1, -2, 3.5f, 1e-30f);
        writer("{}").write(out, List.of(written));

        WeightLoader stock = SafeTensorSupport.loadWeights(out.toFile());

        assertThat(stock.load("w").getMemorySegment().mismatch(written.segment()))
                .isEqualTo(-1);
    }

    @Test
    void laysOutTheFileAsHuggingFaceDoes() throws IOException {
        Path out = parent.resolve("out");
        writer("{}").write(out, List.of(tensor("b", List.of(1), 1), tensor("a", List.of(1, 1), 2)));

        byte[] bytes = Files.readAllBytes(out.resolve("model.safetensors"));
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long headerBytes = buffer.getLong(0);
        assertThat(headerBytes % 8).isZero();
        assertThat(new String(bytes, 8, (int) headerBytes, StandardCharsets.UTF_8).stripTrailing())
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}");
        assertThat(buffer.getFloat((int) headerBytes + 8)).isEqualTo(2);
        assertThat(buffer.getFloat((int) headerBytes + 12)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"F32, float32", "BF16, bfloat16", "F16, float16", "F64, float64"})
    void writesTheWantedTypeAndSaysSoInTheConfiguration(ElementType type, String dtype) throws IOException {
        Path out = parent.resolve("out");
        HuggingFaceWriter writer = writer("{\"dtype\":\"float8\",\"architectures\":[\"LlamaForCausalLM\"]}");
        writer.elementType(type).write(out, List.of(tensor("w", List.of(3), 1.5f, -2, 0.25f)));

        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(model.tensor("w").type()).isEqualTo(type);
            assertThat(floats(model, "w")).containsExactly(1.5f, -2, 0.25f);
            assertThat(model.config().get("torch_dtype").asText()).isEqualTo(dtype);
            assertThat(model.config().get("dtype").asText()).isEqualTo(dtype);
            assertThat(model.config().get("architectures").get(0).asText()).isEqualTo("LlamaForCausalLM");
        }
    }

    @Test
    void keepsTheConfigurationOfTheBaseInfinitiesIncluded() throws IOException {
        Path out = parent.resolve("out");
        try (HuggingFaceDirectory base = base("{\"rms_norm_eps\":1e-05,\"limits\":[0.0,Infinity]}")) {
            HuggingFaceWriter.basedOn(base).write(out, List.of());
        }
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(model.config().get("rms_norm_eps").doubleValue()).isEqualTo(1e-5);
            assertThat(model.config().get("limits").get(1).doubleValue()).isEqualTo(Double.POSITIVE_INFINITY);
        }
    }

    @Test
    void keepsTensorsOfTheBaseThatWereNotTunedAsTheyAre() throws IOException {
        Path out = parent.resolve("out");
        Path folder = Files.createDirectory(parent.resolve("base"));
        Files.writeString(folder.resolve("config.json"), "{}");
        String header = "{" + RawSafetensors.entry("kept", "BF16", "[1]", 0, 2) + ","
                + RawSafetensors.entry("ids", "U8", "[3]", 2, 5) + "," + RawSafetensors.entry("w", "F16", "[1]", 5, 7)
                + "}";
        RawSafetensors.write(folder.resolve("model.safetensors"), header, new byte[] {1, 2, 3, 4, 5, 6, 7});
        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(folder)) {
            HuggingFaceWriter.basedOn(base).write(out, List.of(tensor("w", List.of(1), 9)));
        }
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(model.tensor("kept").type()).isEqualTo(ElementType.BF16);
            assertThat(model.tensor("kept").segment().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 2);
            assertThat(model.tensor("ids").segment().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(3, 4, 5);
            assertThat(floats(model, "w")).containsExactly(9);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writesAnOutputHeadUnlessItIsTied(boolean tied) throws IOException {
        Path out = parent.resolve("out");
        try (HuggingFaceDirectory base = base("{\"tie_word_embeddings\":" + tied + "}", "lm_head.weight", "embed")) {
            HuggingFaceWriter.basedOn(base).write(out, List.of(tensor("embed", List.of(1), 3)));
        }
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(model.tensorNames().contains("lm_head.weight")).isEqualTo(!tied);
        }
    }

    @Test
    void dividesLargeWeightsAmongSeveralFiles() throws IOException {
        Path out = parent.resolve("out");
        List<Float32Tensor> tensors = List.of(
                tensor("a", List.of(2), 1, 2),
                tensor("b", List.of(4), 3, 4, 5, 6),
                tensor("c", List.of(1), 7),
                tensor("d", List.of(1), 8));

        writer("{}").shardBytes(12).write(out, tensors);

        assertThat(names(out))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "model.safetensors.index.json",
                        "model-00001-of-00003.safetensors",
                        "model-00002-of-00003.safetensors",
                        "model-00003-of-00003.safetensors");
        JsonNode index =
                JSON.readTree(out.resolve("model.safetensors.index.json").toFile());
        assertThat(index.at("/metadata/total_size").asLong()).isEqualTo(32);
        assertThat(index.at("/weight_map/b").asText()).isEqualTo("model-00002-of-00003.safetensors");
        assertThat(index.at("/weight_map/d").asText()).isEqualTo("model-00003-of-00003.safetensors");
        WeightLoader stock = SafeTensorSupport.loadWeights(out.toFile());
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            for (Float32Tensor tensor : tensors) {
                assertThat(model.tensor(tensor.name()).segment().mismatch(tensor.segment()))
                        .isEqualTo(-1);
                assertThat(stock.load(tensor.name()).get(0, 0)).isEqualTo(floats(model, tensor.name())[0]);
            }
        }
    }

    @Test
    void replacesAModelInPlaceWhileItIsOpen() throws IOException {
        Path out = parent.resolve("out");
        writer("{}").shardBytes(4).write(out, List.of(tensor("a", List.of(1), 1), tensor("b", List.of(1), 2)));
        Files.writeString(out.resolve("metrics.jsonl"), "{}");

        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(out)) {
            HuggingFaceWriter.basedOn(base).write(out, List.of(tensor("a", List.of(1), 5)));
        }

        assertThat(names(out)).containsExactlyInAnyOrder("config.json", "model.safetensors", "metrics.jsonl");
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(floats(model, "a")).containsExactly(5);
            assertThat(floats(model, "b")).containsExactly(2);
        }
    }

    @Test
    void replacesAndRemovesTheFilesOfTheTokenizer() throws IOException {
        Path out = parent.resolve("out");
        byte[] template = "{{ messages }}".getBytes(StandardCharsets.UTF_8);
        writer("{}").withFile("chat_template.jinja", template).write(out, List.of());
        assertThat(out.resolve("chat_template.jinja")).hasBinaryContent(template);

        writer("{}").write(out, List.of());
        assertThat(names(out)).containsExactlyInAnyOrder("config.json", "model.safetensors");
    }

    @ParameterizedTest
    @CsvSource({
        "F32, NaN, holds NaN at index [1]",
        "BF16, -Infinity, holds -Infinity at index [1]",
        "BF16, 3.4028235e38, 'at index [1], too large for BF16'",
        "F16, 65520, 'holds 65520.0 at index [1], too large for F16'",
    })
    void refusesWeightsThatAreNotFinite(ElementType type, float value, String complaint) throws IOException {
        Path out = parent.resolve("out");
        writer("{}").write(out, List.of(tensor("w", List.of(1), 4)));

        assertThatThrownBy(() ->
                        writer("{}").elementType(type).write(out, List.of(tensor("w", List.of(3), 0, value, 1))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(out + ": the model was not written: tensor 'w' ")
                .hasMessageContaining(complaint);
        assertThat(names(out)).containsExactlyInAnyOrder("config.json", "model.safetensors");
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(floats(model, "w")).containsExactly(4);
        }
    }

    @Test
    void refusesToReplaceAnotherModel() throws IOException {
        Path out = parent.resolve("out");
        byte[] tokenizer = {'{', '}'};
        writer("{\"hidden_size\":64,\"torch_dtype\":\"bfloat16\"}")
                .withFile("tokenizer.json", tokenizer)
                .write(out, List.of());

        HuggingFaceWriter same = writer("{\"hidden_size\":64}").withFile("tokenizer.json", tokenizer);
        same.checkTarget(out);
        assertThatThrownBy(() -> writer("{\"hidden_size\":32}").checkTarget(out))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(out + ": holds another model (config.json key 'hidden_size' differs)");
        assertThatThrownBy(() -> same.withFile("tokenizer.json", new byte[] {'{', ' ', '}'})
                        .write(out, List.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("(tokenizer.json differs)");
        Files.delete(out.resolve("model.safetensors"));
        same.checkTarget(out);
        assertThatThrownBy(() -> writer("{\"hidden_size\":32}").checkTarget(out))
                .hasMessageContaining("holds no model, but files of its own (config.json key 'hidden_size' differs)");
    }

    @Test
    void filesThatAreNoModelsAreNeitherReplacedNorDeleted() throws IOException {
        Path project = Files.createDirectory(parent.resolve("project"));
        Files.writeString(project.resolve("LICENSE"), "the project's");
        Files.writeString(project.resolve("vocab.json"), "the project's");
        byte[] ours = {'{', '}'};

        assertThatThrownBy(() -> writer("{}").withFile("LICENSE", ours).write(project, List.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(project + ": holds no model, but files of its own (LICENSE differs)");
        writer("{}").write(project, List.of());
        writer("{}").withFile("tokenizer.json", ours).write(project, List.of());

        assertThat(project.resolve("LICENSE")).hasContent("the project's");
    }

    @Test
    void refusesTheFolderOfAnAdapter() throws IOException {
        Path out = Files.createDirectory(parent.resolve("adapter"));
        Files.createFile(out.resolve("adapter_model.safetensors"));

        assertThatThrownBy(() -> writer("{}").checkTarget(out))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(out + ": holds an adapter (adapter_model.safetensors)");
    }

    @Test
    void refusesAPlaceWhereNoFolderCanBe() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "mine");

        for (Path target : List.of(file, file.resolve("sub/out"))) {
            assertThatThrownBy(() -> writer("{}").write(target, List.of()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith(file + ": is a file");
        }
        assertThat(file).hasContent("mine");
    }

    @Test
    void refusesATensorThatIsGivenTwice() {
        assertThatThrownBy(() -> writer("{}")
                        .write(parent.resolve("out"), List.of(tensor("w", List.of(1), 1), tensor("w", List.of(1), 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("w is given twice");
    }

    private static HuggingFaceWriter writer(String config) {
        try {
            return HuggingFaceWriter.of(JSON.readTree(config));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private HuggingFaceDirectory base(String config, String... vectors) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("base"));
        Files.writeString(folder.resolve("config.json"), config);
        RawSafetensors.vectors(
                folder.resolve("model.safetensors"),
                Stream.of(vectors).collect(Collectors.toMap(name -> name, _ -> new float[] {1})));
        return HuggingFaceDirectory.open(folder);
    }

    private Float32Tensor tensor(String name, List<Integer> shape, float... values) {
        return new Float32Tensor(name, shape, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private float[] floats(HuggingFaceDirectory model, String name) {
        return model.readFloat32(name, model.tensor(name).shape(), arena).toArray(ValueLayout.JAVA_FLOAT);
    }

    private List<Float32Tensor> load(HuggingFaceDirectory model) {
        return model.tensorNames().stream()
                .map(name -> {
                    List<Integer> shape = model.tensor(name).shape();
                    return new Float32Tensor(name, shape, model.readFloat32(name, shape, arena));
                })
                .toList();
    }

    private static void assertSameTensors(HuggingFaceDirectory base, Path out) {
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(model.tensorNames()).isEqualTo(base.tensorNames()).hasSize(21);
            for (String name : base.tensorNames()) {
                MemorySegment expected = base.tensor(name).segment();
                assertThat(model.tensor(name).shape())
                        .isEqualTo(base.tensor(name).shape());
                assertThat(model.tensor(name).segment().mismatch(expected))
                        .as(name)
                        .isEqualTo(-1);
            }
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}

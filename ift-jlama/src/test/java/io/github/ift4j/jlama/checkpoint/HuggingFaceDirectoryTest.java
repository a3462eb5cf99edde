package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceDirectoryTest {
    @TempDir
    Path parent;

    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(parent.resolve("model"));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"llama\", \"limit\": Infinity}");
    }

    @Test
    void readsATensorAsFloat32IntoAlignedMemory() throws IOException {
        String header = "{" + RawSafetensors.entry("w", "F32", "[2,2]", 0, 16) + "}";
        RawSafetensors.write(folder.resolve("model.safetensors"), header, RawSafetensors.floats(1, 2, 3, 4));

        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThat(model.config().get("model_type").asText()).isEqualTo("llama");
            assertThat(model.tensorNames()).containsExactly("w");
            MemorySegment w = model.readFloat32("w", List.of(2, 2), arena);
            assertThat(w.address() % 64).isZero();
            assertThat(w.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void readsShardsThroughTheIndex() throws IOException {
        RawSafetensors.vectors(folder.resolve("one.safetensors"), Map.of("a", new float[] {1}));
        RawSafetensors.vectors(folder.resolve("two.safetensors"), Map.of("b", new float[] {2, 3}));
        index("{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}");

        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThat(model.tensorNames()).containsExactlyInAnyOrder("a", "b");
            assertThat(model.readFloat32("b", List.of(2), arena).toArray(ValueLayout.JAVA_FLOAT))
                    .containsExactly(2, 3);
        }
    }

    @Test
    void readsShardsOfDifferentTypes() throws IOException {
        byte[] one = {0x00, 0x3c, 0x00, (byte) 0xc0, 0x20, (byte) 0xc0};
        RawSafetensors.write(
                folder.resolve("one.safetensors"),
                "{" + RawSafetensors.entry("half", "F16", "[2,1]", 0, 4) + ","
                        + RawSafetensors.entry("brain", "BF16", "[1]", 4, 6) + "}",
                one);
        RawSafetensors.vectors(folder.resolve("two.safetensors"), Map.of("float", new float[] {0.1f}));
        index("{\"half\":\"one.safetensors\",\"brain\":\"one.safetensors\",\"float\":\"two.safetensors\"}");

        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThat(model.readFloat32("half", List.of(2, 1), arena).toArray(ValueLayout.JAVA_FLOAT))
                    .containsExactly(1, -2);
            assertThat(model.readFloat32("brain", List.of(1), arena).toArray(ValueLayout.JAVA_FLOAT))
                    .containsExactly(-2.5f);
            assertThat(model.readFloat32("float", List.of(1), arena).toArray(ValueLayout.JAVA_FLOAT))
                    .containsExactly(0.1f);
        }
    }

    @Test
    void prefersTheSingleFileToAnIndexAsHuggingFaceDoes() throws IOException {
        RawSafetensors.vectors(folder.resolve("model.safetensors"), Map.of("a", new float[] {1}));
        index("{\"b\":\"missing.safetensors\"}");

        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThat(model.tensorNames()).containsExactly("a");
        }
    }

    @Test
    void namesTheNearestTensorsWhenOneIsMissing() throws IOException {
        RawSafetensors.vectors(
                folder.resolve("model.safetensors"),
                Map.of("layers.0.q_proj.weight", new float[1], "norm.weight", new float[1]));

        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThatThrownBy(() -> model.tensor("layers.0.q_prj.weight"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(folder.resolve("model.safetensors")
                            + ": no tensor 'layers.0.q_prj.weight'; the nearest names are"
                            + " 'layers.0.q_proj.weight', 'norm.weight'");
        }
    }

    @Test
    void refusesATensorOfAnotherShape() throws IOException {
        RawSafetensors.vectors(folder.resolve("model.safetensors"), Map.of("a", new float[3]));

        refusesToRead("a", List.of(4), "tensor 'a' has shape [3], by config.json it should be [4]");
    }

    @Test
    void refusesATensorThatHoldsNoFloats() throws IOException {
        String header = "{" + RawSafetensors.entry("a", "I32", "[1]", 0, 4) + "}";
        RawSafetensors.write(folder.resolve("model.safetensors"), header, new byte[4]);

        refusesToRead("a", List.of(1), "tensor 'a' is stored as I32");
    }

    @ParameterizedTest
    @CsvSource({"NaN, NaN", "Infinity, Infinity", "-Infinity, -Infinity"})
    void refusesWeightsThatAreNotFinite(float bad, String shown) throws IOException {
        String header = "{" + RawSafetensors.entry("a", "F32", "[2,3]", 0, 24) + "}";
        RawSafetensors.write(folder.resolve("model.safetensors"), header, RawSafetensors.floats(1, 2, 3, 4, 5, bad));

        refusesToRead("a", List.of(2, 3), "tensor 'a' holds " + shown + " at index [1, 2]");
    }

    @ParameterizedTest
    @CsvSource({"F32, 4", "BF16, 2", "F64, 8"})
    void survivesAFileThatIsCutShortWhileItIsOpen(String dtype, int bytes) throws IOException {
        int size = 1 << 20;
        String header = "{" + RawSafetensors.entry("a", dtype, "[" + size + "]", 0, (long) size * bytes) + "}";
        Path file = folder.resolve("model.safetensors");
        RawSafetensors.write(file, header, new byte[size * bytes]);
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(4096);

            assertThatThrownBy(() -> model.readFloat32("a", List.of(size), arena))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("the file was cut short");
        }
    }

    @Test
    void saysWhatIsWrongWithTheFolder() throws IOException {
        assertThatThrownBy(() -> HuggingFaceDirectory.open(parent.resolve("nowhere")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("no such folder");
        assertThatThrownBy(() -> HuggingFaceDirectory.open(folder.resolve("config.json")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("give the folder");
        Files.writeString(folder.resolve("config.json"), "{\"a\":\n oops}");
        refusesToOpen("config.json: not valid JSON at line 2");
        Files.writeString(folder.resolve("config.json"), "[]");
        refusesToOpen("config.json: not a JSON object");
        Files.delete(folder.resolve("config.json"));
        refusesToOpen("no config.json");
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        refusesToOpen("give the folder of its base model");
    }

    @ParameterizedTest
    @CsvSource({
        "pytorch_model.bin, pickle files",
        "consolidated.00.pth, pickle files",
        "model.Q4_0.gguf, GGUF",
        "adapter_model.safetensors, base model",
        "weights.safetensors, rename",
        "README.md, no weights",
    })
    void saysWhatToDoWhenTheWeightsAreOfAnotherKind(String file, String complaint) throws IOException {
        Files.writeString(folder.resolve(file), "x");

        refusesToOpen(complaint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../outside.safetensors",
                "sub/../../outside.safetensors",
                "./one.safetensors",
                "..",
                "",
                "ABSOLUTE",
            })
    void refusesAnIndexThatPointsOutsideItsFolder(String shard) throws IOException {
        Path outside = RawSafetensors.vectors(parent.resolve("outside.safetensors"), Map.of("a", new float[] {1}));
        RawSafetensors.vectors(folder.resolve("one.safetensors"), Map.of("a", new float[] {1}));
        index("{\"a\":\"" + shard.replace("ABSOLUTE", outside.toAbsolutePath().toString()) + "\"}");

        refusesToOpen("points outside the model folder");
    }

    @Test
    void refusesALinkThatLeadsOutOfTheFolder() throws IOException {
        Path outside = RawSafetensors.vectors(parent.resolve("outside.safetensors"), Map.of("a", new float[] {1}));
        Files.createSymbolicLink(folder.resolve("one.safetensors"), outside);
        index("{\"a\":\"one.safetensors\"}");

        refusesToOpen("is a link that points outside the model folder");
    }

    @Test
    void followsTheLinksOfHuggingFacesDownloadCache() throws IOException {
        Path cache = Files.createDirectories(parent.resolve("models--org--name"));
        Path blob = RawSafetensors.vectors(
                Files.createDirectory(cache.resolve("blobs")).resolve("0123"), Map.of("a", new float[] {1}));
        Path snapshot = Files.createDirectories(cache.resolve("snapshots/abc"));
        Files.copy(folder.resolve("config.json"), snapshot.resolve("config.json"));
        Files.createSymbolicLink(snapshot.resolve("one.safetensors"), snapshot.relativize(blob));
        Files.writeString(
                snapshot.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"a\":\"one.safetensors\"}}");

        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(snapshot)) {
            assertThat(model.tensorNames()).containsExactly("a");
        }
    }

    @Test
    void refusesShardsThatDoNotMatchTheIndex() throws IOException {
        RawSafetensors.vectors(folder.resolve("one.safetensors"), Map.of("a", new float[] {1}));
        index("{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}");
        refusesToOpen("'two.safetensors' is not in the folder");

        RawSafetensors.vectors(folder.resolve("two.safetensors"), Map.of("c", new float[] {1}));
        refusesToOpen("'two.safetensors' does not hold tensor 'b'");

        RawSafetensors.vectors(folder.resolve("two.safetensors"), Map.of("b", new float[] {1}, "a", new float[] {1}));
        refusesToOpen("tensor 'a' is also in one.safetensors");

        RawSafetensors.vectors(folder.resolve("two.safetensors"), Map.of("b", new float[] {1}));
        index("{\"a\":\"two.safetensors\",\"b\":\"one.safetensors\"}");
        refusesToOpen("it is in");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"weight_map\":[]}", "{\"weight_map\":{}}", "{\"weight_map\":{\"a\":1}}", "[]", "{"})
    void refusesAMalformedIndex(String json) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);

        refusesToOpen("model.safetensors.index.json: ");
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":" + weightMap + "}");
    }

    private void refusesToOpen(String complaint) {
        assertThatThrownBy(() -> HuggingFaceDirectory.open(folder).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(folder.toString())
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("\n");
    }

    private void refusesToRead(String name, List<Integer> shape, String complaint) {
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
            assertThatThrownBy(() -> model.readFloat32(name, shape, arena))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageStartingWith(folder.resolve("model.safetensors") + ": ")
                    .hasMessageContaining(complaint);
        }
    }
}

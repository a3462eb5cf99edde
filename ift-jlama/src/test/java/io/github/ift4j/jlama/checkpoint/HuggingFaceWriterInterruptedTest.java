package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.ift4j.jlama.checkpoint.FailingDisk.Failure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A write that fails or is killed at each of its operations in turn. */
class HuggingFaceWriterInterruptedTest {
    private static final long ONE_FILE = 1 << 20;
    private static final long SEVERAL_FILES = 8;

    @TempDir
    Path parent;

    @ParameterizedTest(name = "from shards of {0} to shards of {1} bytes")
    @CsvSource({
        ONE_FILE + "," + ONE_FILE,
        ONE_FILE + "," + SEVERAL_FILES,
        SEVERAL_FILES + "," + ONE_FILE,
        SEVERAL_FILES + "," + SEVERAL_FILES,
    })
    void whoeverOpensTheFolderAfterAKillFindsTheOldModelOrTheNewOne(long before, long after) throws IOException {
        boolean sawOld = false;
        boolean sawNew = false;
        for (int operation = 0; ; operation++) {
            Path out = parent.resolve("out" + operation);
            write(out, before, 1, FailingDisk.sound());
            Files.writeString(out.resolve("metrics.jsonl"), "{}");
            FailingDisk disk = new FailingDisk(operation, Failure.KILLED);
            try {
                write(out, after, 2, disk);
                assertThat(disk.failed()).isFalse();
                break;
            } catch (FailingDisk.Killed e) {
                float ours = valueOfAllTensors(out);
                float jlamas = valueOfAllTensorsInStockJlama(out);
                assertThat(ours).as("killed at operation %s", operation).isIn(1f, 2f);
                assertThat(jlamas)
                        .as("in Jlama, killed at operation %s", operation)
                        .isIn(1f, 2f);
                sawOld |= ours == 1;
                sawNew |= ours == 2;
            }
            write(out, after, 3, FailingDisk.sound());
            assertThat(valueOfAllTensors(out)).isEqualTo(3);
            assertThat(content(out).keySet())
                    .as("nothing of the interrupted write is left")
                    .noneMatch(name -> name.contains(".tmp-"))
                    .contains("metrics.jsonl");
        }
        assertThat(sawOld).isTrue();
        assertThat(sawNew).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {ONE_FILE, SEVERAL_FILES})
    void aNewFolderAppearsWholeOrNotAtAll(long shardBytes) throws IOException {
        for (int operation = 0; ; operation++) {
            Path out = parent.resolve("out" + operation);
            try {
                write(out, shardBytes, 1, new FailingDisk(operation, Failure.KILLED));
                assertThat(valueOfAllTensors(out)).isEqualTo(1);
                break;
            } catch (FailingDisk.Killed e) {
                assertThat(out).doesNotExist();
            }
            write(out, shardBytes, 2, FailingDisk.sound());
            assertThat(valueOfAllTensors(out)).isEqualTo(2);
            MoreFiles.deleteRecursively(out, RecursiveDeleteOption.ALLOW_INSECURE);
            assertThat(content(parent))
                    .as("nothing of the interrupted write is left")
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({ONE_FILE + "," + ONE_FILE, SEVERAL_FILES + "," + SEVERAL_FILES, ONE_FILE + "," + SEVERAL_FILES})
    void aFullDiskLeavesTheOldModelAndNothingElse(long before, long after) throws IOException {
        for (int operation = 0; ; operation++) {
            Path out = parent.resolve("out" + operation);
            write(out, before, 1, FailingDisk.sound());
            Map<String, String> old = content(out);
            FailingDisk disk = new FailingDisk(operation, Failure.FULL);
            try {
                write(out, after, 2, disk);
                assertThat(operation).as("operations that a full disk can hit").isGreaterThan(5);
                assertThat(valueOfAllTensors(out)).isEqualTo(2);
                break;
            } catch (CheckpointException e) {
                assertThat(e).hasMessage(out + ": the model cannot be written: No space left on device");
                assertThat(content(out)).isEqualTo(old);
            }
        }
    }

    @Test
    void aFullDiskLeavesNoNewFolder() throws IOException {
        assertThatThrownBy(() -> write(parent.resolve("out"), ONE_FILE, 1, new FailingDisk(3, Failure.FULL)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("No space left on device");
        assertThat(content(parent)).isEmpty();
    }

    @Test
    void saysWhyAFolderCannotBeWritten() {
        Disk locked = new Disk() {
            @Override
            public void createDirectory(Path folder) throws IOException {
                throw new AccessDeniedException(folder.toString());
            }
        };

        assertThatThrownBy(() -> write(parent.resolve("out"), ONE_FILE, 1, locked))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(parent.resolve("out") + ": the model cannot be written: permission denied");
    }

    /** Writes a model of three tensors of which every number is {@code value}. */
    private static void write(Path out, long shardBytes, float value, Disk disk) {
        try (Arena arena = Arena.ofConfined()) {
            List<Float32Tensor> tensors = Stream.of("a", "b", "c")
                    .map(name -> new Float32Tensor(
                            name, List.of(2), arena.allocateFrom(ValueLayout.JAVA_FLOAT, value, value)))
                    .toList();
            HuggingFaceWriter.of(JsonNodeFactory.instance.objectNode().put("model_type", "llama"))
                    .withFile("tokenizer.json", new byte[] {'{', '}'})
                    .shardBytes(shardBytes)
                    .on(disk)
                    .write(out, tensors);
        }
    }

    private static float valueOfAllTensors(Path out) {
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory model = HuggingFaceDirectory.open(out)) {
            assertThat(model.tensorNames()).containsExactlyInAnyOrder("a", "b", "c");
            float value = model.readFloat32("a", List.of(2), arena).get(ValueLayout.JAVA_FLOAT, 0);
            for (String name : model.tensorNames()) {
                assertThat(model.readFloat32(name, List.of(2), arena).toArray(ValueLayout.JAVA_FLOAT))
                        .containsExactly(value, value);
            }
            return value;
        }
    }

    private static float valueOfAllTensorsInStockJlama(Path out) {
        WeightLoader stock = SafeTensorSupport.loadWeights(out.toFile());
        float value = stock.load("a").get(0, 0);
        for (String name : List.of("a", "b", "c")) {
            assertThat(stock.load(name).get(0, 1)).isEqualTo(value);
        }
        return value;
    }

    /** Path and digest of each file. */
    private static Map<String, String> content(Path folder) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                content.put(
                        folder.relativize(file).toString(),
                        MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString());
            }
        }
        return content;
    }
}

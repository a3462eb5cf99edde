package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.fuzz.Fuzz;
import io.github.ift4j.jlama.fuzz.JsonDamage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files are read right or refused in one line. */
class CheckpointFuzzTest {
    private static final int COUNT = Fuzz.count(2000);
    private static final int FOLDERS = Fuzz.count(500);
    private static final long SEED = Fuzz.seed();

    private static final String HEADER = "{\"__metadata__\":{\"format\":\"pt\"},"
            + RawSafetensors.entry("a.weight", "F32", "[2,3]", 0, 24) + ","
            + RawSafetensors.entry("b", "BF16", "[4]", 24, 32) + ","
            + RawSafetensors.entry("c", "F16", "[1,2,2]", 32, 40) + "}";
    private static final String INDEX =
            "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}";

    @TempDir
    Path folder;

    @BeforeEach
    void writeSoundFolder() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        RawSafetensors.vectors(folder.resolve("one.safetensors"), Map.of("a", new float[] {1}));
        RawSafetensors.vectors(folder.resolve("two.safetensors"), Map.of("b", new float[] {2}));
    }

    @Test
    void damagedSafetensorsAreReadRightOrRefused() throws IOException {
        Path path = folder.resolve("model.safetensors");
        byte[] sound = Files.readAllBytes(RawSafetensors.write(path, HEADER, new byte[40]));
        int accepted = 0;
        for (int i = 0; i < COUNT; i++) {
            Random random = new Random(SEED + i);
            byte[] damaged = damageSafetensors(sound, random);
            Files.write(path, damaged);
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertSound(file, damaged.length);
                accepted++;
            } catch (CheckpointException e) {
                assertOneLine(e, SEED + i);
            }
        }
        assertThat(accepted).as("damage that does no harm").isPositive();
        assertThat(accepted).as("damage that does").isLessThan(COUNT);
    }

    @Test
    void damagedQuantisedModelsAreReadRightOrRefused() throws IOException {
        Path path = folder.resolve("model.safetensors");
        String header = "{\"__metadata__\":{\"format\":\"pt\",\"about\":\"what is read over, whatever it holds\"},"
                + RawSafetensors.entry("a", "Q4", "[2,32]", 0, 32) + ","
                + RawSafetensors.entry("a.qb", "F32", "[2,1]", 32, 40) + ","
                + RawSafetensors.entry("b", "I8", "[1,64]", 40, 104) + ","
                + RawSafetensors.entry("b.qb", "F32", "[1,2]", 104, 112) + "}";
        byte[] sound = header.getBytes(StandardCharsets.UTF_8);
        int accepted = 0;
        for (int i = 0; i < FOLDERS; i++) {
            Random random = new Random(SEED + i);
            byte[] data = new byte[112];
            random.nextBytes(data);
            byte[] damaged = JsonDamage.damage(sound, random);
            RawSafetensors.write(path, damaged.length, damaged, data);
            try (Arena arena = Arena.ofConfined();
                    HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
                for (String name : model.tensorNames()) {
                    TensorEntry tensor = model.tensor(name);
                    MemorySegment floats = model.readFloat32(name, tensor.shape(), arena);
                    assertThat(floats.byteSize()).isEqualTo(tensor.size() * Float.BYTES);
                    assertThat(FloatFormat.firstNonFinite(floats)).isEqualTo(-1);
                }
                accepted++;
            } catch (CheckpointException e) {
                assertOneLine(e, SEED + i);
            }
        }
        assertThat(accepted).isPositive().isLessThan(FOLDERS);
    }

    @Test
    void damagedIndexesAreReadRightOrRefused() throws IOException {
        Path path = folder.resolve("model.safetensors.index.json");
        byte[] sound = INDEX.getBytes(StandardCharsets.UTF_8);
        int accepted = 0;
        for (int i = 0; i < FOLDERS; i++) {
            Files.write(path, JsonDamage.damage(sound, new Random(SEED + i)));
            try (HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
                model.tensorNames()
                        .forEach(name -> assertThat(model.tensor(name).file())
                                .isIn(folder.resolve("one.safetensors"), folder.resolve("two.safetensors")));
                accepted++;
            } catch (CheckpointException e) {
                assertOneLine(e, SEED + i);
            }
        }
        assertThat(accepted).isPositive().isLessThan(FOLDERS);
    }

    /** Each tensor is as long as its shape says, all together are the file's data, and all of it can be read. */
    private static void assertSound(SafetensorsFile file, long fileBytes) {
        long covered = 0;
        for (TensorEntry tensor : file.tensors().values()) {
            assertThat(tensor.type().bytes(tensor.size()))
                    .isEqualTo(tensor.segment().byteSize());
            assertThat(tensor.segment().toArray(ValueLayout.JAVA_BYTE))
                    .hasSize((int) tensor.segment().byteSize());
            covered += tensor.segment().byteSize();
            if (tensor.type().isFloat()) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment floats = arena.allocate(tensor.size() * Float.BYTES, 4);
                    FloatFormat.toFloat32(tensor.type(), tensor.segment(), floats);
                }
            }
        }
        assertThat(covered).isLessThanOrEqualTo(fileBytes - 8 - 2);
    }

    private static void assertOneLine(CheckpointException e, long seed) {
        assertThat(e.getMessage()).as("seed %s", seed).hasSizeLessThan(1000).isNotBlank();
        assertThat(e.getMessage().chars().noneMatch(Character::isISOControl))
                .as("seed %s: %s", seed, e.getMessage())
                .isTrue();
    }

    private static byte[] damageSafetensors(byte[] sound, Random random) {
        int headerEnd = 8 + HEADER.length();
        return switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(sound, random.nextInt(sound.length));
            case 1 -> {
                byte[] length = sound.clone();
                length[random.nextInt(8)] = (byte) random.nextInt();
                yield length;
            }
            default -> {
                byte[] header = JsonDamage.damage(Arrays.copyOfRange(sound, 8, headerEnd), random);
                yield ByteBuffer.allocate(8 + header.length + sound.length - headerEnd)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .put(header)
                        .put(sound, headerEnd, sound.length - headerEnd)
                        .array();
            }
        };
    }
}

package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files are read right or refused in one line. {@code -Dift.fuzz.count=N} sets the number of damaged files, {@code
 * -Dift.fuzz.seed=S} where to begin.
 */
class CheckpointFuzzTest {
    private static final int COUNT = Integer.getInteger("ift.fuzz.count", 2000);
    private static final long SEED = Long.getLong("ift.fuzz.seed", 1);

    private static final String HEADER = "{\"__metadata__\":{\"format\":\"pt\"},"
            + RawSafetensors.entry("a.weight", "F32", "[2,3]", 0, 24) + ","
            + RawSafetensors.entry("b", "BF16", "[4]", 24, 32) + ","
            + RawSafetensors.entry("c", "F16", "[1,2,2]", 32, 40) + "}";
    private static final String INDEX =
            "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}";

    /** What a number, a type or a delimiter is replaced with. */
    private static final String[] SPLICES = {
        "0",
        "-1",
        "1",
        "2",
        "4",
        "24",
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "1e3",
        "1.0",
        "1e999999999",
        "NaN",
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "[[",
        "]]",
        "{\"",
        "\\u0000",
        "\\ud800",
        "\"a.weight\":",
        "\"__metadata__\":",
        "\"F8_E4M3\"",
        "\"Q4\"",
        "\"I64\"",
        "../",
        "/",
        "..",
        "one",
        ","
    };

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
    void damagedIndexesAreReadRightOrRefused() throws IOException {
        Path path = folder.resolve("model.safetensors.index.json");
        byte[] sound = INDEX.getBytes(StandardCharsets.UTF_8);
        int accepted = 0;
        for (int i = 0; i < COUNT / 4; i++) {
            Files.write(path, damage(sound, new Random(SEED + i)));
            try (HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
                model.tensorNames()
                        .forEach(name -> assertThat(model.tensor(name).file())
                                .isIn(folder.resolve("one.safetensors"), folder.resolve("two.safetensors")));
                accepted++;
            } catch (CheckpointException e) {
                assertOneLine(e, SEED + i);
            }
        }
        assertThat(accepted).isPositive().isLessThan(COUNT / 4);
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
                byte[] header = damage(Arrays.copyOfRange(sound, 8, headerEnd), random);
                yield ByteBuffer.allocate(8 + header.length + sound.length - headerEnd)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .put(header)
                        .put(sound, headerEnd, sound.length - headerEnd)
                        .array();
            }
        };
    }

    /** One to three changes: a byte, a range cut out or doubled, a token put in the place of another. */
    private static byte[] damage(byte[] sound, Random random) {
        String text = new String(sound, StandardCharsets.ISO_8859_1);
        for (int change = random.nextInt(3); change >= 0 && !text.isEmpty(); change--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(12));
            String middle = switch (random.nextInt(5)) {
                case 0 -> String.valueOf((char) random.nextInt(256));
                case 1 -> "";
                case 2 -> text.substring(at, end) + text.substring(at, end);
                case 3 -> " ".repeat(end - at);
                default -> SPLICES[random.nextInt(SPLICES.length)];
            };
            text = text.substring(0, at) + middle + text.substring(end);
            text = random.nextInt(3) == 0 ? replaceNumber(text, random) : text;
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String replaceNumber(String text, Random random) {
        int wanted = random.nextInt(20);
        Matcher numbers = Pattern.compile("\\d+").matcher(text);
        for (int i = 0; numbers.find(); i++) {
            if (i == wanted) {
                return text.substring(0, numbers.start()) + SPLICES[random.nextInt(12)] + text.substring(numbers.end());
            }
        }
        return text;
    }
}

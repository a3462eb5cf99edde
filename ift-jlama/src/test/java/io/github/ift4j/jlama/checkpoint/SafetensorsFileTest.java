package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @TempDir
    Path folder;

    @Test
    void findsTensorsWhereTheHeaderSaysTheyAre() throws IOException {
        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + RawSafetensors.entry("b", "F32", "[1,2]", 4, 12) + ","
                + RawSafetensors.entry("a", "F32", "[]", 0, 4) + "}";
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), header, RawSafetensors.floats(1, 2, 3));

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).containsEntry("format", "pt").hasSize(1);
            assertThat(file.tensors().keySet()).containsExactly("a", "b");
            TensorEntry a = file.tensors().get("a");
            assertThat(a.shape()).isEmpty();
            assertThat(a.size()).isEqualTo(1);
            assertThat(a.segment().get(FLOAT, 0)).isEqualTo(1);
            TensorEntry b = file.tensors().get("b");
            assertThat(b.type()).isEqualTo(ElementType.F32);
            assertThat(b.shape()).containsExactly(1, 2);
            assertThat(b.segment().get(FLOAT, 4)).isEqualTo(3);
            assertThat(b.segment().isReadOnly()).isTrue();
        }
    }

    @Test
    void acceptsAFileWithoutTensors() throws IOException {
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), "{}", new byte[0]);

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void acceptsPaddingBehindTheHeaderAndEmptyTensors() throws IOException {
        String header = "{" + RawSafetensors.entry("none", "F16", "[0,7]", 0, 0) + "}     ";
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), header, new byte[0]);

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().get("none").size()).isZero();
        }
    }

    @Test
    void readsAHeaderLongerThanAMegabyte() throws IOException {
        String header = "{" + RawSafetensors.entry("a", "F32", "[1]", 0, 4) + "}" + " ".repeat(2 << 20);
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), header, RawSafetensors.floats(5));

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().get("a").segment().get(FLOAT, 0)).isEqualTo(5);
        }
    }

    @Test
    void readsTensorsBeyondTwoGibibytes() throws IOException {
        long large = (1L << 31) + 4096;
        byte[] header = ("{" + RawSafetensors.entry("large", "U8", "[2,%d]".formatted(large / 2), 0, large) + ","
                        + RawSafetensors.entry("last", "F32", "[1]", large, large + 4) + "}")
                .getBytes(StandardCharsets.UTF_8);
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), header.length, header, new byte[0]);
        try (FileChannel sparse = FileChannel.open(path, StandardOpenOption.WRITE)) {
            sparse.write(ByteBuffer.wrap(RawSafetensors.floats(7)), Long.BYTES + header.length + large);
        }

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().get("last").segment().get(FLOAT, 0)).isEqualTo(7);
            assertThat(file.tensors().get("large").segment().byteSize()).isEqualTo(large);
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        []                                                                      | not a JSON object
        {"a":                                                                   | not valid JSON
        {} x                                                                    | not valid JSON
        {} {}                                                                   | goes on after the end
        {"__metadata__":["x"]}                                                  | not an object of strings
        {"__metadata__":{"x":1}}                                                | 'x' is not a string
        {"a":5}                                                                 | not an object with dtype
        {"a":{"shape":[1],"data_offsets":[0,4]}}                                | dtype is missing
        {"a":{"dtype":"F32","data_offsets":[0,4]}}                              | shape is missing
        {"a":{"dtype":"F32","shape":[1]}}                                       | data_offsets is missing
        {"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}                  | unknown dtype 'F99'
        {"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}                      | dtype is not a string
        {"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}                | something other than whole numbers
        {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}} | not valid JSON
        {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}                 | dimension outside 0
        {"a":{"dtype":"F32","shape":[4294967297],"data_offsets":[0,4]}}         | dimension outside 0
        {"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}                  | shape is not an array
        {"a":{"dtype":"F32","shape":[2147483647,2147483647,8],"data_offsets":[0,4]}} | no possible size
        {"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,1]}}                   | no possible size
        {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}                  | not a range
        {"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}                 | not a range
        {"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}                    | two numbers
        {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}                  | takes 8 bytes, but data_offsets [0, 4] hold 4
        {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                  | truncated: the header describes 8 bytes of data, the file holds 4
        {"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}                  | holds 4 bytes of data, but the header describes 2
        {"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}                  | begins at byte 2 of the data, but the tensors before it end at 0
        {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}} | begins at byte 2 of the data, but the tensors before it end at 4
        {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | Duplicate field 'a'
        {"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}    | Duplicate field 'dtype'
        {"\\udc00":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | Unexpected low surrogate
        {}                                                                      | holds 4 bytes of data, but the header describes 0
        """)
    void refusesAHeaderThatIsNotSound(String header, String complaint) throws IOException {
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), header, RawSafetensors.floats(1));

        assertThatThrownBy(() -> SafetensorsFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining(complaint)
                .satisfies(SafetensorsFileTest::isOneLine);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 18446744073709551615 bytes long",
        "9223372036854775807, 9223372036854775807 bytes long",
        "100000001, 100000001 bytes long",
        "3, its header would be 3 bytes long",
    })
    void refusesAHeaderThatCannotFit(long claimed, String complaint) throws IOException {
        Path path = RawSafetensors.write(folder.resolve("m.safetensors"), claimed, new byte[] {'{', '}'}, new byte[0]);

        assertThatThrownBy(() -> SafetensorsFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void refusesANameThatIsNotUnicode() throws IOException {
        // The bytes that UTF-8 would give to a surrogate, had it one.
        byte[] header = ("{" + RawSafetensors.entry("\u00ed\u00a0\u0080", "F32", "[1]", 0, 4) + "}")
                .getBytes(StandardCharsets.ISO_8859_1);
        Path path =
                RawSafetensors.write(folder.resolve("m.safetensors"), header.length, header, RawSafetensors.floats(1));

        assertThatThrownBy(() -> SafetensorsFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("Illegal surrogate character");
    }

    @Test
    void refusesEveryTruncationOfASoundFile() throws IOException {
        Path path = RawSafetensors.write(
                folder.resolve("m.safetensors"),
                "{" + RawSafetensors.entry("a", "F32", "[2]", 0, 8) + "}",
                RawSafetensors.floats(1, 2));
        byte[] whole = Files.readAllBytes(path);
        SafetensorsFile.open(path).close();

        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> SafetensorsFile.open(path).close())
                    .as("the first %s bytes", length)
                    .isInstanceOf(CheckpointException.class);
        }
    }

    @Test
    void recognisesAGitLfsPointer() throws IOException {
        Path path = Files.writeString(
                folder.resolve("m.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");

        assertThatThrownBy(() -> SafetensorsFile.open(path).close()).hasMessageContaining("git lfs pull");
    }

    @Test
    void namesAMissingFileAndAFolder() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none")).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> SafetensorsFile.open(folder).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("folder");
    }

    @Test
    void keepsMessagesOnOneLineWhateverATensorIsCalled() throws IOException {
        String name = "a\\n\\u0000\\u202e" + "x".repeat(10_000);
        Path path = RawSafetensors.write(
                folder.resolve("m.safetensors"),
                "{" + RawSafetensors.entry(name, "F32", "[9]", 0, 4) + "}",
                RawSafetensors.floats(1));

        assertThatThrownBy(() -> SafetensorsFile.open(path).close()).satisfies(SafetensorsFileTest::isOneLine);
    }

    private static void isOneLine(Throwable failure) {
        assertThat(failure.getMessage().chars().filter(Character::isISOControl).count())
                .isZero();
        assertThat(failure.getMessage()).hasSizeLessThan(600);
    }
}

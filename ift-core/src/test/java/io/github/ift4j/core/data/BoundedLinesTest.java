package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BoundedLinesTest {
    @Test
    void cutsAtLineFeedsWhereverTheBufferEnds() throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300_000; i++) {
            text.append(random.nextInt(3000) == 0 ? '\n' : (char) ('a' + random.nextInt(26)));
        }

        assertThat(lines(text.toString(), 1 << 20))
                .containsExactly(text.toString().split("\n", -1));
    }

    @Test
    void anEmptyStreamIsOneEmptyLine() throws IOException {
        assertThat(lines("", 5)).containsExactly("");
        assertThat(lines("\n", 5)).containsExactly("", "");
    }

    @Test
    void aLineIsBounded() throws IOException {
        assertThat(lines("12345\n12345", 5)).containsExactly("12345", "12345");
        assertThatThrownBy(() -> lines("12345\n123456", 5)).isInstanceOf(BoundedLines.TooLongException.class);
    }

    private static List<String> lines(String text, int longest) throws IOException {
        BoundedLines reader =
                new BoundedLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), longest);
        List<String> lines = new ArrayList<>();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            lines.add(new String(line, StandardCharsets.UTF_8));
        }
        return lines;
    }
}

package io.github.ift4j.langchain4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTrailTest {
    @TempDir
    private Path folder;

    private Path file;
    private AuditTrail.Head head;

    @BeforeEach
    void writeFiveLines() throws IOException {
        file = folder.resolve("audit.jsonl");
        try (AuditTrail trail = AuditTrail.open(file)) {
            for (int i = 1; i <= 5; i++) {
                trail.append(Instant.EPOCH, "event", Map.of("number", i));
            }
            head = trail.head();
        }
    }

    @Test
    void anUntouchedTrailIsSoundAndCanBeContinued() throws IOException {
        assertThat(AuditTrail.verify(file)).isEqualTo(new AuditTrail.Verification(head, Optional.empty()));
        try (AuditTrail trail = AuditTrail.open(file)) {
            trail.append(Instant.EPOCH, "event", Map.of("number", 6));
        }
        assertThat(AuditTrail.verify(file, head).isSound()).isTrue();
        assertThat(AuditTrail.verify(file).head().lines()).isEqualTo(6);
    }

    @Test
    void everyLineThatIsChangedLeftOutOrPutInIsFound() throws IOException {
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < 4; i++) {
            List<String> changed = new ArrayList<>(lines);
            changed.set(i, lines.get(i).replace("\"number\":" + (i + 1), "\"number\":9"));
            assertProblemAt(i + 2, changed);
            List<String> without = new ArrayList<>(lines);
            without.remove(i);
            assertProblemAt(i + 1, without);
            List<String> twice = new ArrayList<>(lines);
            twice.add(i, lines.get(i));
            assertProblemAt(i + 2, twice);
        }
    }

    @Test
    void whatTheChainCannotShowIsFoundByAKeptHead() throws IOException {
        List<String> lines = Files.readAllLines(file);
        Files.write(file, lines.subList(0, 4));
        assertThat(AuditTrail.verify(file).isSound()).isTrue();
        assertThat(AuditTrail.verify(file, head).problem().orElseThrow()).endsWith("ends after line 4, there were 5");

        List<String> changed = new ArrayList<>(lines);
        changed.set(4, lines.get(4).replace("\"number\":5", "\"number\":9"));
        Files.write(file, changed);
        assertThat(AuditTrail.verify(file).isSound()).isTrue();
        assertThat(AuditTrail.verify(file, head).problem().orElseThrow()).endsWith(":5: is not the line that was here");
    }

    @Test
    void aTornLineIsCutOff() throws IOException {
        Files.writeString(file, "{\"line\":6,\"ti", StandardOpenOption.APPEND);
        AuditTrail.open(file).close();
        assertThat(AuditTrail.verify(file, head).isSound()).isTrue();
    }

    private void assertProblemAt(int line, List<String> lines) throws IOException {
        Files.write(file, lines);
        assertThat(AuditTrail.verify(file).problem().orElseThrow()).startsWith(file + ":" + line + ": ");
    }
}

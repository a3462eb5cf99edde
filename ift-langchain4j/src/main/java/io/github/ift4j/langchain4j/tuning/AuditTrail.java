package io.github.ift4j.langchain4j.tuning;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.hash.Hashing;
import io.github.ift4j.core.files.AppendOnlyLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The record of what was learned from what, what came of it and who answers: a file of JSON lines that only grows. Each line holds the SHA-256
 * of the one before it, so a line that is changed, left out or put in is found by {@link #verify}. What chaining cannot show, that lines are
 * missing at the end or that everything was written anew, shows against a {@link Head} that was kept elsewhere.
 */
public final class AuditTrail implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String NOTHING = "0".repeat(64);

    private final AppendOnlyLines lines;
    private Head head;

    private AuditTrail(AppendOnlyLines lines, Head head) {
        this.lines = lines;
        this.head = head;
    }

    /**
     * The end of a trail.
     *
     * @param lines how many there are
     * @param sha256 of the last line, zeros where there is none
     */
    public record Head(long lines, String sha256) {
        /** Of an empty trail. */
        static final Head NONE = new Head(0, NOTHING);
    }

    /**
     * What a check of a trail found.
     *
     * @param head of the part that is sound
     * @param problem what is wrong with the first line after it, naming file and line; empty when all is sound
     */
    public record Verification(Head head, Optional<String> problem) {
        /** Whether all is sound. */
        public boolean isSound() {
            return problem.isEmpty();
        }
    }

    /**
     * Opens a trail at its end, after checking it; makes it where there is none.
     *
     * @throws TuningException when it is not sound
     * @throws IOException when it cannot be read or written
     */
    static AuditTrail open(Path file) throws IOException {
        AppendOnlyLines lines = AppendOnlyLines.open(file);
        try {
            Verification found = verify(file);
            if (!found.isSound()) {
                throw new TuningException(found.problem().orElseThrow()
                        + "; keep the folder for inspection and let the tuner begin in another");
            }
            return new AuditTrail(lines, found.head());
        } catch (IOException | RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /** Adds a line, which is durable on return. */
    synchronized void append(Instant time, String event, Map<String, ?> details) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("line", head.lines + 1);
        line.put("time", time.toString());
        line.put("event", event);
        line.putAll(details);
        line.put("previous", head.sha256);
        String written = JSON.writeValueAsString(line);
        lines.append(List.of(written));
        lines.force();
        head = new Head(head.lines + 1, sha256(written));
    }

    /** Its end now. */
    synchronized Head head() {
        return head;
    }

    /**
     * Checks a trail from its first line to its last.
     *
     * @throws IOException when it cannot be read
     */
    public static Verification verify(Path file) throws IOException {
        return verify(file, Head.NONE);
    }

    /**
     * Checks a trail, and that it still goes through a head that was kept.
     *
     * @param kept an earlier {@link Verification#head()}
     * @throws IOException when it cannot be read
     */
    public static Verification verify(Path file, Head kept) throws IOException {
        Head head = Head.NONE;
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Optional<String> problem = problem(line, head);
                if (problem.isPresent()) {
                    return new Verification(head, Optional.of(file + ":" + (head.lines + 1) + ": " + problem.get()));
                }
                head = new Head(head.lines + 1, sha256(line));
                if (head.lines == kept.lines && !head.equals(kept)) {
                    return new Verification(
                            head, Optional.of(file + ":" + head.lines + ": is not the line that was here"));
                }
            }
        }
        return new Verification(
                head,
                head.lines >= kept.lines
                        ? Optional.empty()
                        : Optional.of(file + ": ends after line " + head.lines + ", there were " + kept.lines));
    }

    private static Optional<String> problem(String line, Head before) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node.path("line").asLong() != before.lines + 1) {
                return Optional.of("says that it is line " + node.path("line").asText());
            }
            return node.path("previous").asText().equals(before.sha256)
                    ? Optional.empty()
                    : Optional.of("does not follow the line before it, one of the two was changed");
        } catch (JsonProcessingException e) {
            return Optional.of("is no JSON object");
        }
    }

    private static String sha256(String line) {
        return Hashing.sha256().hashString(line, StandardCharsets.UTF_8).toString();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}

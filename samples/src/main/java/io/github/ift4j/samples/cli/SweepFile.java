package io.github.ift4j.samples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.files.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a sweep has measured so far: a file with one object a line, that of {@code ift bench} and the command that printed it. The file is
 * replaced as a whole with each new line, so that there is never half a line in it.
 */
final class SweepFile {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String COMMAND = "command";

    private final Path path;
    private final Map<String, JsonNode> lines = new LinkedHashMap<>();

    private SweepFile(Path path) {
        this.path = path;
    }

    /**
     * Reads the file; without one, nothing has been measured.
     *
     * @throws IllegalArgumentException when a line is none of a sweep; the message names it
     */
    static SweepFile open(Path path) {
        SweepFile file = new SweepFile(path);
        if (Files.exists(path)) {
            try {
                List<String> lines = Files.readAllLines(path);
                for (int i = 0; i < lines.size(); i++) {
                    JsonNode line = parse(lines.get(i), path + ":" + (i + 1));
                    file.lines.put(line.path(COMMAND).textValue(), line);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return file;
    }

    private static JsonNode parse(String line, String where) {
        try {
            JsonNode parsed = MAPPER.readTree(line);
            if (parsed.path(COMMAND).isTextual()) {
                return parsed;
            }
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException(where + ": not JSON; mend the line or delete it", notJson);
        }
        throw new IllegalArgumentException(where + ": no line of a sweep, as it has no command; delete it");
    }

    /** Where it is. */
    Path path() {
        return path;
    }

    /** What a command printed, if it has run. */
    Optional<JsonNode> find(String command) {
        return Optional.ofNullable(lines.get(command));
    }

    /**
     * Adds what a command printed.
     *
     * @throws IllegalArgumentException when that is no JSON object
     */
    void add(String command, String printed) {
        ObjectNode line = MAPPER.createObjectNode().put(COMMAND, command);
        try {
            line.setAll((ObjectNode) MAPPER.readTree(printed));
            lines.put(command, line);
            AtomicFiles.writeString(
                    path, lines.values().stream().map(text -> text + "\n").collect(Collectors.joining()));
        } catch (JsonProcessingException | ClassCastException e) {
            throw new IllegalArgumentException("not what ift bench prints: " + printed.strip(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

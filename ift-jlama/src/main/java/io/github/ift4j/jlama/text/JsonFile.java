package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the small JSON files of a model directory, with bounds on size and depth. */
final class JsonFile {
    private static final int MAX_DEPTH = 200;

    static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Numbers of a rewritten file stay as they were written.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            // Python writes infinities and NaN as bare words, and some configurations hold them.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());

    private JsonFile() {}

    /**
     * The object in the file, absent when there is no such file.
     *
     * @throws CheckpointException when it is longer than {@code maxBytes}, cannot be read or is not a JSON object
     */
    static Optional<ObjectNode> readIfPresent(Path file, long maxBytes) {
        return Files.exists(file) ? Optional.of(read(file, maxBytes)) : Optional.empty();
    }

    /**
     * The object in the file.
     *
     * @throws CheckpointException when it is missing, longer than {@code maxBytes}, cannot be read or is not a JSON object
     */
    static ObjectNode read(Path file, long maxBytes) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + ": there is no such file");
        }
        try {
            long bytes = Files.size(file);
            if (bytes > maxBytes) {
                throw new CheckpointException(
                        "%s: %d bytes are more than the %d that such a file may have".formatted(file, bytes, maxBytes));
            }
            JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw new CheckpointException(file + ": must hold a JSON object");
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    "%s: not valid JSON at line %d: %s"
                            .formatted(
                                    file,
                                    e.getLocation() == null
                                            ? 0
                                            : e.getLocation().getLineNr(),
                                    firstLine(e.getOriginalMessage())),
                    e);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
        }
    }

    /** The text as it stands between the quotes of a JSON string. */
    static String quoted(String text) {
        return String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    private static String firstLine(String message) {
        return message == null ? "unreadable" : message.lines().findFirst().orElse("unreadable");
    }
}

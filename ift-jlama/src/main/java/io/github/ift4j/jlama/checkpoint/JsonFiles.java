package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the small JSON files of a model folder. */
final class JsonFiles {
    private static final int MAX_BYTES = 64 << 20;

    /** Python writes infinities and NaN into JSON as bare words, and some configurations hold them. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFiles() {}

    /**
     * The object that the file holds.
     *
     * @throws CheckpointException when it cannot be read or holds something else
     */
    static JsonNode readObject(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            throw new CheckpointException(file + ": cannot be read: " + Reasons.of(e), e);
        }
        if (bytes.length > MAX_BYTES) {
            throw new CheckpointException(file + ": longer than " + MAX_BYTES + " bytes");
        }
        JsonNode node;
        try {
            node = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new CheckpointException(
                    file + ": not valid JSON" + place + ": " + Reasons.firstLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new CheckpointException(file + ": cannot be read: " + Reasons.of(e), e);
        }
        if (!node.isObject()) {
            throw new CheckpointException(file + ": not a JSON object");
        }
        return node;
    }
}

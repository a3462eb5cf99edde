package io.github.ift4j.core.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads data files: a JSON array of objects or JSON lines (one object a line), told apart by their first character and not by
 * their name, in UTF-8. Byte order marks, CRLF and blank lines do no harm. One record is in memory at a time.
 *
 * <p>Shapes of an object, see {@link RecordShapes}: {@code messages} (with {@code tools}), {@code prompt} and
 * {@code completion}, {@code instruction}, {@code input} and {@code output}, {@code text}, {@code input_ids} and
 * {@code labels}, and ShareGPT's {@code conversations}. With {@code chosen} and {@code rejected} in place of the answer it is a
 * preference pair, with a {@code label} that is true or false a rating.
 */
public final class DatasetReader {
    /** Longest line of JSON lines. */
    static final int MAX_LINE_BYTES = 64 << 20;
    /** Deepest nesting of objects and arrays. */
    static final int MAX_DEPTH = 100;

    private static final int BYTE_ORDER_MARK = 0xFEFF;
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_LINE_BYTES)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();
    private static final ObjectReader WHOLE_LINE = MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final Consumer<TrainingRecord> sink;
    private DataException firstProblem;
    private int problems;
    private int records;

    private DatasetReader(Path file, Consumer<TrainingRecord> sink) {
        this.file = file;
        this.sink = sink;
    }

    /**
     * Reads a file to its end.
     *
     * @param sink gets each record; a {@link DataException} of its counts as an error of that line
     * @throws DataException when the file cannot be read, holds no record, or any of its lines is bad; the message is about the
     *     first bad line and lists the next ones
     */
    public static void read(Path file, Consumer<TrainingRecord> sink) {
        new DatasetReader(file, sink).read();
    }

    /** All records of all files. */
    public static List<TrainingRecord> readAll(List<Path> files) {
        List<TrainingRecord> records = new ArrayList<>();
        files.forEach(file -> read(file, records::add));
        return records;
    }

    private void read() {
        if (Files.isDirectory(file)) {
            throw new DataException(file + ": is a folder; name the data files in it");
        }
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            skipByteOrderMark(bytes);
            int lineNumber = 1;
            int first;
            do {
                bytes.mark(1);
                first = bytes.read();
                lineNumber += first == '\n' ? 1 : 0;
            } while (first == ' ' || first == '\t' || first == '\r' || first == '\n');
            if (first < 0) {
                throw new DataException(file + ": is empty; it must hold a JSON array or one JSON object a line");
            }
            bytes.reset();
            if (first == '[') {
                readArray(bytes, lineNumber);
            } else {
                readLines(bytes, lineNumber);
            }
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": no such file", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + ErrorText.oneLine(e.getMessage()), e);
        }
        if (problems == 1) {
            throw firstProblem;
        }
        if (problems > 1) {
            throw new DataException(
                    firstProblem.getMessage() + " (and " + (problems - 1) + " more bad records in this file)",
                    firstProblem);
        }
        if (records == 0) {
            throw new DataException(file + ": holds no record; it must hold a JSON array or one JSON object a line");
        }
    }

    private static void skipByteOrderMark(InputStream bytes) throws IOException {
        bytes.mark(3);
        byte[] start = bytes.readNBytes(3);
        byte[] mark = Character.toString(BYTE_ORDER_MARK).getBytes(StandardCharsets.UTF_8);
        if (!Arrays.equals(start, mark)) {
            bytes.reset();
        }
    }

    private void readLines(InputStream bytes, int firstLine) throws IOException {
        BoundedLines lines = new BoundedLines(bytes, MAX_LINE_BYTES);
        int lineNumber = firstLine;
        try {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                if (!isBlank(line)) {
                    readLine(line, file + ":" + lineNumber);
                }
                lineNumber++;
            }
        } catch (BoundedLines.TooLongException e) {
            throw new DataException(
                    file + ":" + lineNumber + ": the line is longer than " + (MAX_LINE_BYTES >> 20)
                            + " MiB; put one record on each line",
                    e);
        }
    }

    private void readLine(byte[] line, String origin) throws IOException {
        try {
            accept(WHOLE_LINE.readTree(line), origin);
        } catch (JsonProcessingException e) {
            report(new DataException(
                    origin + ": not valid JSON" + column(e) + ": " + ErrorText.oneLine(e.getOriginalMessage())
                            + "; each line must be one whole JSON object",
                    e));
        }
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private void readArray(InputStream bytes, int firstLine) throws IOException {
        try (JsonParser parser = MAPPER.createParser(bytes)) {
            parser.nextToken();
            int previousLine = 0;
            for (int record = 1; parser.nextToken() != JsonToken.END_ARRAY; record++) {
                if (parser.currentToken() == null) {
                    throw new DataException(file + ":"
                            + (firstLine - 1 + parser.currentLocation().getLineNr())
                            + ": the JSON array is not closed; the file seems to be cut off");
                }
                int line = firstLine - 1 + parser.currentTokenLocation().getLineNr();
                String origin = file + ":" + line;
                accept(MAPPER.readTree(parser), line == previousLine ? origin + ", record " + record : origin);
                previousLine = line;
            }
            if (parser.nextToken() != null) {
                throw new DataException(file + ":"
                        + (firstLine - 1 + parser.currentTokenLocation().getLineNr())
                        + ": there is more after the end of the JSON array; remove it");
            }
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new DataException(
                    file + ":" + (firstLine - 1 + line) + ": not valid JSON" + column(e) + ": "
                            + ErrorText.oneLine(e.getOriginalMessage()) + "; mend the JSON array",
                    e);
        }
    }

    private void accept(JsonNode node, String origin) {
        records++;
        try {
            sink.accept(RecordShapes.parse(node, origin));
        } catch (DataException e) {
            report(e);
        }
    }

    private void report(DataException problem) {
        if (firstProblem == null) {
            firstProblem = problem;
        }
        problems++;
    }

    private static String column(JsonProcessingException e) {
        return e.getLocation() == null ? "" : " at column " + e.getLocation().getColumnNr();
    }
}

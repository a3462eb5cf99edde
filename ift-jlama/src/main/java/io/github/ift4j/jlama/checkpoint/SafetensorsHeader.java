package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, read strictly: a header that is accepted describes each byte of the data exactly
 * once.
 *
 * @param metadata the strings under {@code __metadata__}
 * @param tensors what the file holds, in the order of the data
 */
record SafetensorsHeader(Map<String, String> metadata, List<Span> tensors) {
    /** Longest header that the format allows, in bytes. */
    static final long MAX_BYTES = 100_000_000;

    private static final int MAX_TENSORS = 500_000;
    private static final int MAX_DIMENSIONS = 32;
    private static final String METADATA = "__metadata__";
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /**
     * A tensor's place in the data.
     *
     * @param begin first byte, counted from the end of the header
     * @param end byte after the last
     */
    record Span(String name, ElementType type, List<Integer> shape, long begin, long end) {}

    /**
     * Reads a header.
     *
     * @param file name of the file, for messages
     * @param json the header's bytes
     * @param dataBytes number of bytes that follow the header
     * @throws CheckpointException when it is not a header of that much data
     */
    static SafetensorsHeader read(String file, InputStream json, long dataBytes) {
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Span> tensors = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new CheckpointException(file + ": the header is not a JSON object");
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (name.equals(METADATA)) {
                    readMetadata(file, parser, metadata);
                } else {
                    if (tensors.size() == MAX_TENSORS) {
                        throw new CheckpointException(
                                file + ": the header describes more than " + MAX_TENSORS + " tensors");
                    }
                    tensors.add(readSpan(file, name, parser));
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw new CheckpointException(file + ": the header goes on after the end of its JSON object");
            }
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    file + ": the header is not valid JSON: " + Reasons.firstLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new CheckpointException(
                    file + ": the header cannot be read: " + Reasons.firstLine(e.getMessage()), e);
        }
        tensors.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
        checkCoverage(file, tensors, dataBytes);
        return new SafetensorsHeader(Map.copyOf(metadata), List.copyOf(tensors));
    }

    private static void readMetadata(String file, JsonParser parser, Map<String, String> metadata) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new CheckpointException(file + ": " + METADATA + " in the header is not an object of strings");
        }
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new CheckpointException(
                        file + ": " + METADATA + " in the header: " + Names.quote(key) + " is not a string");
            }
            metadata.put(key, parser.getText());
        }
    }

    private static Span readSpan(String file, String name, JsonParser parser) throws IOException {
        String where = file + ": header of tensor " + Names.quote(name) + ": ";
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new CheckpointException(where + "not an object with dtype, shape and data_offsets");
        }
        ElementType type = null;
        List<Integer> shape = null;
        List<Long> offsets = null;
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            switch (key) {
                case "dtype" -> type = readType(where, parser);
                case "shape" -> shape = readShape(where, parser);
                case "data_offsets" -> offsets = readNumbers(where, key, parser);
                default -> {
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        }
        if (type == null || shape == null || offsets == null) {
            throw new CheckpointException(
                    where + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets") + " is missing");
        }
        if (offsets.size() != 2) {
            throw new CheckpointException(where + "data_offsets must be two numbers, not " + offsets.size());
        }
        long begin = offsets.getFirst();
        long end = offsets.getLast();
        if (begin < 0 || end < begin) {
            throw new CheckpointException(where + "data_offsets " + offsets + " are not a range");
        }
        long needed;
        try {
            needed = type.bytes(shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact));
        } catch (ArithmeticException e) {
            throw new CheckpointException(where + "shape " + shape + " of " + type + " has no possible size", e);
        }
        if (needed != end - begin) {
            throw new CheckpointException(where + "shape " + shape + " of " + type + " takes " + needed
                    + " bytes, but data_offsets " + offsets + " hold " + (end - begin));
        }
        return new Span(name, type, shape, begin, end);
    }

    private static ElementType readType(String where, JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw new CheckpointException(where + "dtype is not a string");
        }
        String name = parser.getText();
        return ElementType.named(name)
                .orElseThrow(() -> new CheckpointException(where + "unknown dtype " + Names.quote(name)));
    }

    private static List<Integer> readShape(String where, JsonParser parser) throws IOException {
        List<Long> numbers = readNumbers(where, "shape", parser);
        for (long number : numbers) {
            if (number < 0 || number > Integer.MAX_VALUE) {
                throw new CheckpointException(
                        where + "shape " + numbers + " has a dimension outside 0 to " + Integer.MAX_VALUE);
            }
        }
        return numbers.stream().map(Long::intValue).toList();
    }

    private static List<Long> readNumbers(String where, String key, JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw new CheckpointException(where + key + " is not an array");
        }
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new CheckpointException(where + key + " holds something other than whole numbers");
            }
            if (numbers.size() == MAX_DIMENSIONS) {
                throw new CheckpointException(where + key + " has more than " + MAX_DIMENSIONS + " entries");
            }
            numbers.add(parser.getLongValue());
        }
        return numbers;
    }

    private static void checkCoverage(String file, List<Span> tensors, long dataBytes) {
        long described = tensors.stream().mapToLong(Span::end).max().orElse(0);
        if (described > dataBytes) {
            throw new CheckpointException(file + ": truncated: the header describes " + described
                    + " bytes of data, the file holds " + dataBytes);
        }
        long covered = 0;
        for (Span tensor : tensors) {
            if (tensor.begin() != covered) {
                throw new CheckpointException(file + ": tensor " + Names.quote(tensor.name()) + " begins at byte "
                        + tensor.begin() + " of the data, but the tensors before it end at " + covered);
            }
            covered = tensor.end();
        }
        if (covered != dataBytes) {
            throw new CheckpointException(
                    file + ": holds " + dataBytes + " bytes of data, but the header describes " + covered);
        }
    }
}

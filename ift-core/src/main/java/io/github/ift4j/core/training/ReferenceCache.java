package io.github.ift4j.core.training;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A file with the {@link ReferenceLogps} of one data set under one model. It begins with {@code IFTREF01} and the SHA-256 of the
 * model, of the data and of all that follows, which are the logps of all labels as float64, little-endian.
 */
final class ReferenceCache {
    private static final byte[] MAGIC = "IFTREF01".getBytes(StandardCharsets.US_ASCII);
    private static final int HASH = 32;
    private static final int HEADER = MAGIC.length + 3 * HASH;

    private final Path file;
    private final HashCode model;
    private final Dataset data;

    /**
     * @param model SHA-256 of what decides the model's answers
     */
    ReferenceCache(Path file, HashCode model, Dataset data) {
        this.file = file;
        this.model = model;
        this.data = data;
    }

    /**
     * What the file holds; empty when there is none, or it is damaged or of another model or other data.
     *
     * @param notices says in one line why a file that is there is not used
     * @throws TrainingException when it cannot be read
     */
    Optional<ReferenceLogps> read(Consumer<String> notices) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            Optional<String> problem = problem(bytes);
            if (problem.isPresent()) {
                notices.accept(file + ": not used, " + problem.get() + "; the reference is computed again");
                return Optional.empty();
            }
            double[] values = new double[(bytes.length - HEADER) / Double.BYTES];
            ByteBuffer.wrap(bytes, HEADER, bytes.length - HEADER)
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asDoubleBuffer()
                    .get(values);
            return Optional.of(ReferenceLogps.of(data, values));
        } catch (IOException e) {
            throw new TrainingException(file + ": cannot be read (" + e.getMessage() + "); delete it", e);
        }
    }

    private Optional<String> problem(byte[] bytes) {
        if (bytes.length < HEADER || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return Optional.of("it holds no log-probabilities of a reference");
        }
        if (!hashAt(bytes, 2).equals(Hashing.sha256().hashBytes(bytes, HEADER, bytes.length - HEADER))) {
            return Optional.of("it is damaged");
        }
        // The data first: a model is known by what it says of them, too.
        if (!hashAt(bytes, 1).equals(HashCode.fromString(data.fingerprint()))) {
            return Optional.of("it was made of other data");
        }
        if (!hashAt(bytes, 0).equals(model)) {
            return Optional.of("it was made with another model");
        }
        return Optional.empty();
    }

    private static HashCode hashAt(byte[] bytes, int index) {
        int from = MAGIC.length + index * HASH;
        return HashCode.fromBytes(Arrays.copyOfRange(bytes, from, from + HASH));
    }

    /**
     * Replaces the file.
     *
     * @throws TrainingException when it cannot be written
     */
    void write(ReferenceLogps logps) {
        double[] values = logps.values();
        ByteBuffer content = ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        content.asDoubleBuffer().put(values);
        ByteBuffer header = ByteBuffer.allocate(HEADER)
                .put(MAGIC)
                .put(model.asBytes())
                .put(HashCode.fromString(data.fingerprint()).asBytes())
                .put(Hashing.sha256().hashBytes(content.array()).asBytes())
                .flip();
        try {
            AtomicFiles.write(file, channel -> {
                while (header.hasRemaining()) {
                    channel.write(header);
                }
                while (content.hasRemaining()) {
                    channel.write(content);
                }
            });
        } catch (IOException e) {
            throw new TrainingException(
                    file + ": cannot be written (" + e.getMessage() + "); free space or choose another folder", e);
        }
    }
}

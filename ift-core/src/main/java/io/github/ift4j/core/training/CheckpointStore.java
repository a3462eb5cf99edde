package io.github.ift4j.core.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.ift4j.core.files.AtomicFiles;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Checkpoints of a training: folders {@code step-N} that hold everything the training needs to go on as if it had never
 * stopped.
 *
 * <p>{@code state.bin} is the memory of all tensors, parameters and optimiser state, one after the other in native byte order.
 * {@code checkpoint.json}, written last, lists their names and sizes, the step, the settings of the training, and the SHA-256
 * of {@code state.bin}. A folder appears under its name when all of it is on disk; one that is damaged later is noticed by
 * size or hash and passed over.
 */
public final class CheckpointStore {
    private static final String STATE = "state.bin";
    private static final String MANIFEST = "checkpoint.json";
    private static final int FORMAT = 1;
    private static final long CHUNK = 1 << 24;
    private static final long LARGEST_MANIFEST = 64 << 20;
    private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path directory;
    private final int keep;

    /**
     * @param directory where the checkpoints are; made with the first of them
     * @param keep how many of the newest stay when a new one is saved
     */
    public CheckpointStore(Path directory, int keep) {
        this.directory = directory;
        this.keep = keep;
    }

    /**
     * Saves a checkpoint, then deletes the oldest ones, and those of later steps: they belong to a training that was given up.
     *
     * @param step optimiser steps done
     * @param settings what a resumed training must have in common with this one, by name
     * @param tensors memory by name, in a fixed order
     * @return the folder
     * @throws TrainingException when it cannot be written; earlier checkpoints are still there
     */
    public Path save(long step, Map<String, String> settings, SequencedMap<String, MemorySegment> tensors) {
        Path target = directory.resolve("step-" + step);
        try {
            AtomicFiles.writeDirectory(target, folder -> {
                HashCode hash = writeState(folder.resolve(STATE), tensors.values());
                List<Tensor> layout = new ArrayList<>();
                tensors.forEach((name, memory) -> layout.add(new Tensor(name, memory.byteSize())));
                Manifest manifest = new Manifest(FORMAT, step, new TreeMap<>(settings), layout, hash.toString());
                MAPPER.writerWithDefaultPrettyPrinter()
                        .writeValue(folder.resolve(MANIFEST).toFile(), manifest);
            });
            deleteOthers(step);
        } catch (IOException e) {
            throw new TrainingException(
                    target + ": the checkpoint cannot be written (" + reason(e)
                            + "); earlier checkpoints are intact, free space or choose another folder and resume",
                    e);
        }
        return target;
    }

    /**
     * Finds the newest checkpoint that is whole.
     *
     * @param notices gets one line for each newer one that is damaged
     * @throws TrainingException when the folder cannot be read
     */
    public Optional<Checkpoint> newest(Consumer<String> notices) {
        try {
            for (Path folder : folders().reversed()) {
                Optional<String> damage = damage(folder);
                if (damage.isEmpty()) {
                    return Optional.of(new Checkpoint(folder, manifest(folder)));
                }
                notices.accept(folder + ": passed over, " + damage.get());
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new TrainingException(directory + ": the checkpoints cannot be read (" + reason(e) + ")", e);
        }
    }

    /** The checkpoints by step. */
    private List<Path> folders() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> content = Files.list(directory)) {
            return content.filter(
                            path -> NAME.matcher(path.getFileName().toString()).matches())
                    .sorted(Comparator.comparingLong(CheckpointStore::stepOf))
                    .toList();
        }
    }

    private static long stepOf(Path folder) {
        Matcher matcher = NAME.matcher(folder.getFileName().toString());
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }

    private void deleteOthers(long newest) throws IOException {
        int kept = 0;
        for (Path folder : folders().reversed()) {
            if (stepOf(folder) > newest || kept == keep) {
                AtomicFiles.deleteRecursively(folder);
            } else {
                kept++;
            }
        }
        try (Stream<Path> content = Files.list(directory)) {
            for (Path path : content.filter(AtomicFiles::isTemporary).toList()) {
                AtomicFiles.deleteRecursively(path);
            }
        }
    }

    private static Optional<String> damage(Path folder) throws IOException {
        Path state = folder.resolve(STATE);
        if (!Files.isRegularFile(folder.resolve(MANIFEST)) || !Files.isRegularFile(state)) {
            return Optional.of("it is incomplete");
        }
        Manifest manifest;
        try {
            manifest = manifest(folder);
        } catch (JsonProcessingException e) {
            return Optional.of(MANIFEST + " is not readable");
        }
        if (manifest == null || manifest.format != FORMAT || !manifest.isComplete()) {
            return Optional.of(MANIFEST + " has another format");
        }
        long expected = 0;
        for (Tensor tensor : manifest.tensors) {
            expected += tensor.bytes;
        }
        if (Files.size(state) != expected) {
            return Optional.of(STATE + " has " + Files.size(state) + " bytes instead of " + expected);
        }
        String sha256 = MoreFiles.asByteSource(state).hash(Hashing.sha256()).toString();
        return sha256.equals(manifest.sha256) ? Optional.empty() : Optional.of(STATE + " is damaged (SHA-256 differs)");
    }

    private static Manifest manifest(Path folder) throws IOException {
        Path file = folder.resolve(MANIFEST);
        if (Files.size(file) > LARGEST_MANIFEST) {
            throw new IOException(file + " is too large");
        }
        return MAPPER.readValue(file.toFile(), Manifest.class);
    }

    private static HashCode writeState(Path file, Iterable<MemorySegment> tensors) throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (MemorySegment tensor : tensors) {
                for (long from = 0; from < tensor.byteSize(); from += CHUNK) {
                    ByteBuffer chunk = chunk(tensor, from);
                    hasher.putBytes(chunk.duplicate());
                    while (chunk.hasRemaining()) {
                        channel.write(chunk);
                    }
                }
            }
        }
        return hasher.hash();
    }

    private static ByteBuffer chunk(MemorySegment tensor, long from) {
        return tensor.asSlice(from, Math.min(CHUNK, tensor.byteSize() - from)).asByteBuffer();
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** A checkpoint that was found whole. */
    public static final class Checkpoint {
        private final Path folder;
        private final Manifest manifest;

        private Checkpoint(Path folder, Manifest manifest) {
            this.folder = folder;
            this.manifest = manifest;
        }

        /** Where it is. */
        public Path folder() {
            return folder;
        }

        /** Optimiser steps done. */
        public long step() {
            return manifest.step;
        }

        /**
         * Copies the saved tensors into memory.
         *
         * @param settings of the training that goes on
         * @param tensors memory by name, in the order of saving
         * @throws TrainingException when settings or tensors are not those of the checkpoint, whose first difference the message
         *     names (nothing has been changed then), or when reading fails
         */
        public void restore(Map<String, String> settings, SequencedMap<String, MemorySegment> tensors) {
            checkSettings(settings);
            checkTensors(tensors);
            try (FileChannel channel = FileChannel.open(folder.resolve(STATE), StandardOpenOption.READ)) {
                for (MemorySegment tensor : tensors.values()) {
                    for (long from = 0; from < tensor.byteSize(); from += CHUNK) {
                        ByteBuffer chunk = chunk(tensor, from);
                        while (chunk.hasRemaining()) {
                            if (channel.read(chunk) < 0) {
                                throw new EOFException("the file ends early");
                            }
                        }
                    }
                }
            } catch (IOException e) {
                throw new TrainingException(folder + ": the checkpoint cannot be read (" + reason(e) + ")", e);
            }
        }

        private void checkSettings(Map<String, String> settings) {
            TreeMap<String, String> names = new TreeMap<>(manifest.settings);
            names.putAll(settings);
            for (String name : names.keySet()) {
                String saved = manifest.settings.getOrDefault(name, "nothing");
                String current = settings.getOrDefault(name, "nothing");
                if (!saved.equals(current)) {
                    throw new TrainingException(
                            folder + ": was made with " + name + " = " + saved + ", this training has " + current
                                    + "; resume with the same settings and data, or start afresh elsewhere");
                }
            }
        }

        private void checkTensors(SequencedMap<String, MemorySegment> tensors) {
            List<Tensor> expected = new ArrayList<>();
            tensors.forEach((name, memory) -> expected.add(new Tensor(name, memory.byteSize())));
            for (int i = 0; i < Math.max(expected.size(), manifest.tensors.size()); i++) {
                String saved =
                        i < manifest.tensors.size() ? manifest.tensors.get(i).toString() : "nothing";
                String current = i < expected.size() ? expected.get(i).toString() : "nothing";
                if (!saved.equals(current)) {
                    throw new TrainingException(folder + ": holds " + saved + " where this model has " + current
                            + "; resume with the model it was made with");
                }
            }
        }
    }

    private record Manifest(int format, long step, Map<String, String> settings, List<Tensor> tensors, String sha256) {
        boolean isComplete() {
            return settings != null
                    && tensors != null
                    && tensors.stream().allMatch(tensor -> tensor != null && tensor.bytes >= 0)
                    && sha256 != null;
        }
    }

    private record Tensor(String name, long bytes) {
        @Override
        public String toString() {
            return name + " (" + bytes + " bytes)";
        }
    }
}

package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model as HuggingFace stores it: a folder with {@code config.json} and the weights in {@code model.safetensors}, or in
 * several files that {@code model.safetensors.index.json} lists. Where both exist the single file counts, as in HuggingFace.
 *
 * <p>Folders that Jlama has quantised are read too: {@link #quantisation} tells them, {@link #readFloat32} gives the weights
 * that Jlama computes with. The factors of a weight's blocks belong to it and are no tensor of their own here, and the
 * vectors, which Jlama writes as [1, n], have their shape [n] again.
 *
 * <p>All files are mapped and checked when the folder is opened. Reading is thread-safe.
 */
public final class HuggingFaceDirectory implements AutoCloseable {
    static final String CONFIG = "config.json";
    static final String SINGLE_FILE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private final Path path;
    private final JsonNode config;
    private final List<SafetensorsFile> files;
    private final Map<String, TensorEntry> tensors;
    private final Map<String, QuantisedBlocks> quantised;

    private HuggingFaceDirectory(
            Path path, JsonNode config, List<SafetensorsFile> files, Map<String, TensorEntry> stored) {
        this.path = path;
        this.config = config;
        this.files = files;
        this.quantised = quantised(stored);
        Map<String, TensorEntry> weights = new LinkedHashMap<>(stored);
        quantised.values().forEach(blocks -> weights.remove(blocks.factors().name()));
        if (!quantised.isEmpty()) {
            weights.replaceAll((_, tensor) -> asVector(tensor));
        }
        this.tensors = Collections.unmodifiableMap(weights);
    }

    /**
     * Opens the folder.
     *
     * @throws CheckpointException when it is not a model folder, or a file of it is missing or damaged
     */
    public static HuggingFaceDirectory open(Path path) {
        if (Files.notExists(path)) {
            throw new CheckpointException(path + ": no such folder");
        }
        if (!Files.isDirectory(path)) {
            throw new CheckpointException(
                    path + ": is a file; give the folder that holds " + CONFIG + " and the weights");
        }
        Path configFile = path.resolve(CONFIG);
        if (Files.notExists(configFile)) {
            throw new CheckpointException(path + ": no " + CONFIG + " in it, so not a model folder"
                    + (Files.exists(path.resolve("adapter_config.json"))
                            ? "; it holds an adapter: give the folder of its base model"
                            : ""));
        }
        JsonNode config = JsonFiles.readObject(configFile);
        List<SafetensorsFile> files = new ArrayList<>();
        try {
            Map<String, TensorEntry> tensors = openWeights(path, files);
            return new HuggingFaceDirectory(path, config, List.copyOf(files), tensors);
        } catch (RuntimeException | Error e) {
            files.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    private static Map<String, TensorEntry> openWeights(Path path, List<SafetensorsFile> files) {
        Path single = path.resolve(SINGLE_FILE);
        Path indexFile = path.resolve(INDEX);
        if (Files.exists(single)) {
            files.add(SafetensorsFile.open(single));
            return collect(files);
        }
        if (Files.notExists(indexFile)) {
            throw new CheckpointException(path + ": no weights in it: neither " + SINGLE_FILE + " nor " + INDEX
                    + MissingWeights.explanation(path));
        }
        ShardIndex index = ShardIndex.read(indexFile);
        for (String shard : index.shards()) {
            files.add(SafetensorsFile.open(path.resolve(shard)));
        }
        Map<String, TensorEntry> tensors = collect(files);
        index.checkHeldBy(tensors);
        return tensors;
    }

    private static Map<String, TensorEntry> collect(Collection<SafetensorsFile> files) {
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (SafetensorsFile file : files) {
            for (TensorEntry tensor : file.tensors().values()) {
                TensorEntry other = tensors.put(tensor.name(), tensor);
                if (other != null) {
                    throw new CheckpointException(file.path() + ": tensor " + Names.quote(tensor.name())
                            + " is also in " + other.file().getFileName());
                }
            }
        }
        return tensors;
    }

    private static Map<String, QuantisedBlocks> quantised(Map<String, TensorEntry> stored) {
        Map<String, QuantisedBlocks> quantised = new LinkedHashMap<>();
        for (TensorEntry tensor : stored.values()) {
            TensorEntry factors = stored.get(tensor.name() + QuantisedBlocks.SUFFIX);
            if (QuantisedBlocks.isTypeOfNumbers(tensor.type()) && factors != null) {
                quantised.put(tensor.name(), new QuantisedBlocks(tensor, factors));
            } else if (tensor.type() == ElementType.Q4) {
                throw new CheckpointException(tensor.file() + ": tensor " + Names.quote(tensor.name())
                        + " is stored as Q4, but the factors of its blocks, "
                        + Names.quote(tensor.name() + QuantisedBlocks.SUFFIX) + ", are missing");
            }
        }
        return Collections.unmodifiableMap(quantised);
    }

    private static TensorEntry asVector(TensorEntry tensor) {
        boolean vector = tensor.type().isFloat()
                && tensor.shape().size() == 2
                && tensor.shape().getFirst() == 1;
        return vector
                ? new TensorEntry(
                        tensor.name(), tensor.type(), tensor.shape().subList(1, 2), tensor.file(), tensor.segment())
                : tensor;
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    /** Whether there are weights of a model in a folder, all in one file or in several. */
    static boolean holdsWeights(Path folder) {
        return Files.exists(folder.resolve(SINGLE_FILE)) || Files.exists(folder.resolve(INDEX));
    }

    /**
     * Checks that what is to be written to a folder does not go over this model.
     *
     * @throws CheckpointException when it is this folder, by whatever name
     */
    public void checkIsNot(Path target) {
        try {
            if (Files.exists(target) && Files.isSameFile(path, target)) {
                throw new CheckpointException(
                        target + ": holds the model itself, which is not overwritten; choose another folder");
            }
        } catch (IOException e) {
            throw new CheckpointException(target + ": cannot be read: " + Reasons.of(e), e);
        }
    }

    /** The content of {@code config.json}, an object. */
    public JsonNode config() {
        return config;
    }

    /** The names of all tensors, without the factors of quantised ones. */
    public Set<String> tensorNames() {
        return tensors.keySet();
    }

    /**
     * How Jlama has quantised the model: {@link ElementType#Q4}, or {@link ElementType#I8}, which Jlama also calls Q8, if no
     * weight is Q4; empty when no weight is quantised. Such weights can serve and be the frozen base of an adapter; they
     * cannot be trained, since a step of the optimiser is lost in their rounding: {@link #checkTrainable} says so.
     */
    public Optional<ElementType> quantisation() {
        return quantised.values().stream()
                .map(blocks -> blocks.numbers().type())
                .max(Comparator.comparing(type -> type == ElementType.Q4));
    }

    /** Whether any weight is quantised; {@link #quantisation} says how. */
    public boolean isQuantised() {
        return !quantised.isEmpty();
    }

    /**
     * Checks that the weights themselves can be trained.
     *
     * @throws CheckpointException when any is quantised
     */
    public void checkTrainable() {
        quantisation().ifPresent(type -> {
            throw new CheckpointException(path + ": the weights are quantised (" + type
                    + ") and cannot be trained: train an adapter (LoRA) on them, or the model that they were"
                    + " made from");
        });
    }

    /**
     * A tensor as it is stored.
     *
     * @throws CheckpointException when there is none of that name
     */
    public TensorEntry tensor(String name) {
        TensorEntry tensor = tensors.get(name);
        if (tensor == null) {
            String nearest = Names.nearest(name, tensors.keySet());
            throw new CheckpointException(weightsFile() + ": no tensor " + Names.quote(name)
                    + (nearest.isEmpty() ? ", it is empty" : "; the nearest names are " + nearest));
        }
        return tensor;
    }

    /** The numbers and factors of a quantised weight; empty for any other tensor. */
    public Optional<QuantisedBlocks> quantised(String name) {
        return Optional.ofNullable(quantised.get(name));
    }

    /**
     * Copies a tensor into new memory as float32 in native byte order; of a quantised weight what Jlama computes with, each
     * number times the factor of its block.
     *
     * @param name the tensor
     * @param expectedShape the shape it must have
     * @param arena owner of the memory, which is aligned to 64 bytes
     * @throws CheckpointException when it is missing, of another shape, neither quantised nor of a floating-point type, or
     *     holds NaN or infinity
     */
    public MemorySegment readFloat32(String name, List<Integer> expectedShape, Arena arena) {
        checkShape(name, expectedShape);
        QuantisedBlocks blocks = quantised.get(name);
        return blocks == null ? Float32Reader.read(tensor(name), arena) : Float32Reader.read(blocks, arena);
    }

    /**
     * Checks a tensor that is to be used as it is stored, without making a copy.
     *
     * @param expectedShape the shape it must have
     * @throws CheckpointException as {@link #readFloat32} does
     */
    public void check(String name, List<Integer> expectedShape) {
        checkShape(name, expectedShape);
        QuantisedBlocks blocks = quantised.get(name);
        if (blocks == null) {
            Float32Reader.check(tensor(name));
        } else {
            Float32Reader.check(blocks);
        }
    }

    /** Checks that there is a tensor of that name and shape. */
    void checkShape(String name, List<Integer> expectedShape) {
        TensorEntry tensor = tensor(name);
        if (!tensor.shape().equals(expectedShape)) {
            throw new CheckpointException(tensor.file() + ": tensor " + Names.quote(name) + " has shape "
                    + tensor.shape() + ", by " + CONFIG + " it should be " + expectedShape);
        }
    }

    private Path weightsFile() {
        return files.size() == 1 ? files.getFirst().path() : path.resolve(INDEX);
    }

    /** Unmaps the files; what was copied stays. */
    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}

package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model as HuggingFace stores it: a folder with {@code config.json} and the weights in {@code model.safetensors}, or in
 * several files that {@code model.safetensors.index.json} lists. Where both exist the single file counts, as in HuggingFace.
 *
 * <p>All files are mapped and checked when the folder is opened. Reading is thread-safe.
 */
public final class HuggingFaceDirectory implements AutoCloseable {
    static final String CONFIG = "config.json";
    static final String SINGLE_FILE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final long CACHE_LINE = 64;

    private final Path path;
    private final JsonNode config;
    private final List<SafetensorsFile> files;
    private final Map<String, TensorEntry> tensors;

    private HuggingFaceDirectory(
            Path path, JsonNode config, List<SafetensorsFile> files, Map<String, TensorEntry> tensors) {
        this.path = path;
        this.config = config;
        this.files = files;
        this.tensors = Collections.unmodifiableMap(tensors);
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

    /** The folder. */
    public Path path() {
        return path;
    }

    /** The content of {@code config.json}, an object. */
    public JsonNode config() {
        return config;
    }

    /** The names of all tensors. */
    public Set<String> tensorNames() {
        return tensors.keySet();
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

    /**
     * Copies a tensor into new memory as float32 in native byte order.
     *
     * @param name the tensor
     * @param expectedShape the shape it must have
     * @param arena owner of the memory, which is aligned to 64 bytes
     * @throws CheckpointException when it is missing, of another shape, not of a floating-point type, or holds NaN or
     *     infinity
     */
    public MemorySegment readFloat32(String name, List<Integer> expectedShape, Arena arena) {
        checkShape(name, expectedShape);
        TensorEntry tensor = tensor(name);
        String where = tensor.file() + ": tensor " + Names.quote(tensor.name());
        if (!tensor.type().isFloat()) {
            throw new CheckpointException(where + " is stored as " + tensor.type()
                    + "; weights must be F32, F16, BF16 or F64 (quantised models cannot be tuned)");
        }
        MemorySegment floats = arena.allocate(Math.multiplyExact(tensor.size(), (long) Float.BYTES), CACHE_LINE);
        try {
            FloatFormat.toFloat32(tensor.type(), tensor.segment(), floats);
        } catch (InternalError e) {
            // How the JVM reports a page of a mapped file that can no longer be read.
            throw new CheckpointException(where + " cannot be read: the file was cut short or its disk failed", e);
        }
        long index = FloatFormat.firstNonFinite(floats);
        if (index >= 0) {
            throw new CheckpointException(where + " holds "
                    + floats.getAtIndex(ValueLayout.JAVA_FLOAT, index) + " at index "
                    + Names.position(index, tensor.shape()) + "; all weights must be finite");
        }
        return floats;
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

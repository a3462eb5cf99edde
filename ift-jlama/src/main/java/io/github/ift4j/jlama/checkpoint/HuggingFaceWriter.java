package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Preconditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes a model folder that HuggingFace and stock Jlama load: {@code config.json}, the weights in one safetensors file or,
 * when they are large, in several with an index, and the tokenizer's files.
 *
 * <p>Of a model whose configuration says {@code tie_word_embeddings} the output head is not written.
 *
 * <p>Weights go from their memory to the disk in chunks; there is no second copy of the model. A folder that exists keeps its
 * old model until all of the new one is on the disk: whoever opens it finds the old weights or the new ones, also after a
 * crash or a full disk. Because several files cannot be replaced in one step, a folder with a model of another configuration
 * or tokenizer is refused instead of mixed; {@link #checkTarget} says so before a long run.
 */
public final class HuggingFaceWriter {
    /** Weights that take more bytes than this are written in several files, as by HuggingFace. */
    public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

    /** Keys that say nothing about which model it is. */
    private static final Set<String> INCIDENTAL_KEYS =
            Set.of("torch_dtype", "dtype", "transformers_version", "_name_or_path", "use_cache");

    /** Infinities are written as Python reads and writes them. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /** How a tensor of the base is stored, given the format of the weights. */
    @FunctionalInterface
    private interface Kept {
        List<StoredTensor> stored(ElementType type);
    }

    private static final String HEAD = "lm_head.weight";

    private final ObjectNode config;
    private final Map<String, Kept> kept;
    private final Companions companions;
    private final ElementType type;
    private final long shardBytes;
    private final Disk disk;

    private HuggingFaceWriter(
            ObjectNode config,
            Map<String, Kept> kept,
            Companions companions,
            ElementType type,
            long shardBytes,
            Disk disk) {
        this.config = config;
        this.kept = kept;
        this.companions = companions;
        this.type = type;
        this.shardBytes = shardBytes;
        this.disk = disk;
    }

    /**
     * For a model made from nothing.
     *
     * @param config content of {@code config.json}, an object
     */
    public static HuggingFaceWriter of(JsonNode config) {
        Preconditions.checkArgument(config.isObject(), "the configuration must be a JSON object");
        return new HuggingFaceWriter(
                normalised(config), Map.of(), Companions.NONE, ElementType.F32, DEFAULT_SHARD_BYTES, Disk.REAL);
    }

    /**
     * For a model that was tuned: configuration, tokenizer, licence and all tensors that are not given to {@link #write} come
     * from the base, bit for bit. Quantised weights of the base become floating-point numbers, so that what is written never
     * mixes the two.
     *
     * @param base the model it was before; stays open until {@link #write} returns
     * @throws CheckpointException when a file of the base cannot be read
     */
    public static HuggingFaceWriter basedOn(HuggingFaceDirectory base) {
        Map<String, Kept> tensors = new LinkedHashMap<>();
        for (String name : base.tensorNames()) {
            StoredTensor copied = new StoredTensor.Copied(base.tensor(name));
            Optional<QuantisedBlocks> blocks = base.quantised(name);
            tensors.put(
                    name,
                    type -> List.of(blocks.<StoredTensor>map(found -> new StoredTensor.Dequantised(found, type))
                            .orElse(copied)));
        }
        return basedOn(base, tensors, ElementType.F32);
    }

    /**
     * For a model that is to become one of fewer bits.
     *
     * @param base the model in floats; stays open until {@link #write} returns
     * @param names the tensors that get the type; all others stay as they are, bit for bit
     * @param type Q4, I8 or a type of floating-point numbers
     */
    static HuggingFaceWriter requantised(HuggingFaceDirectory base, Collection<String> names, ElementType type) {
        Map<String, Kept> tensors = new LinkedHashMap<>();
        for (String name : base.tensorNames()) {
            TensorEntry tensor = base.tensor(name);
            List<StoredTensor> stored;
            if (!names.contains(name)) {
                stored = List.of(new StoredTensor.Copied(tensor));
            } else if (type.isFloat()) {
                stored = List.of(new StoredTensor.Recoded(tensor, type));
            } else {
                stored = List.of(new StoredTensor.Numbers(tensor, type), new StoredTensor.Factors(tensor, type));
            }
            tensors.put(name, _ -> stored);
        }
        return basedOn(base, tensors, type);
    }

    private static HuggingFaceWriter basedOn(HuggingFaceDirectory base, Map<String, Kept> tensors, ElementType type) {
        return new HuggingFaceWriter(
                normalised(base.config()), tensors, Companions.of(base.path()), type, DEFAULT_SHARD_BYTES, Disk.REAL);
    }

    /** Writes the given weights in that format, F32, BF16, F16 or F64, rounded to nearest; F32 unless said. */
    public HuggingFaceWriter elementType(ElementType type) {
        Preconditions.checkArgument(type.isFloat(), "weights are written as F32, BF16, F16 or F64, not %s", type);
        return new HuggingFaceWriter(config, kept, companions, type, shardBytes, disk);
    }

    /** Starts a new file when one would hold more bytes of weights; {@link #DEFAULT_SHARD_BYTES} unless said. */
    public HuggingFaceWriter shardBytes(long shardBytes) {
        Preconditions.checkArgument(shardBytes > 0, "the size of a shard must be positive, was %s", shardBytes);
        return new HuggingFaceWriter(config, kept, companions, type, shardBytes, disk);
    }

    /**
     * Writes that file too, in place of the base's: a chat template, a tokenizer.
     *
     * @param name one of the files that belong to a model, such as {@code chat_template.jinja}
     */
    public HuggingFaceWriter withFile(String name, byte[] content) {
        return new HuggingFaceWriter(config, kept, companions.with(name, content), type, shardBytes, disk);
    }

    /** The configuration as it will be read back, so that it can be compared: a float may have become a double. */
    private static ObjectNode normalised(JsonNode config) {
        try {
            return (ObjectNode) JSON.readTree(JSON.writeValueAsBytes(config));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HuggingFaceWriter on(Disk other) {
        return new HuggingFaceWriter(config, kept, companions, type, shardBytes, other);
    }

    /**
     * Checks, without changing anything, that {@link #write} could write there.
     *
     * @throws CheckpointException when the folder cannot be written to, or holds another model, an adapter, or files of the same names
     *     that are no model's
     */
    public void checkTarget(Path target) {
        Path folder = target.toAbsolutePath();
        TargetFolder.checkWritable(target);
        taken(folder).ifPresent(held -> TargetFolder.refuse(target, held));
    }

    /** What the folder holds that must not be written over. */
    private Optional<String> taken(Path folder) {
        if (HuggingFaceDirectory.holdsWeights(folder)) {
            return difference(folder).map(what -> "another model (" + what + " differs)");
        }
        if (Files.exists(folder.resolve(PeftAdapter.WEIGHTS_FILE))) {
            return Optional.of("an adapter (" + PeftAdapter.WEIGHTS_FILE + ")");
        }
        return configDifference(folder)
                .or(() -> companions.differing(folder))
                .map(what -> "no model, but files of its own (" + what + " differs)");
    }

    /**
     * Writes the model.
     *
     * @param target its folder, made if need be; files in it that are not a model's are left alone
     * @param tensors the weights by the names they have in the checkpoint, each once; a tied head may be missing
     * @throws CheckpointException when it cannot be written, or a weight is not finite; what was there before is unchanged
     */
    public void write(Path target, Collection<Float32Tensor> tensors) {
        checkTarget(target);
        Map<String, StoredTensor> stored = kept();
        for (Float32Tensor tensor : tensors) {
            Object previous = stored.put(tensor.name(), new StoredTensor.Converted(tensor, type));
            Preconditions.checkArgument(
                    !(previous instanceof StoredTensor.Converted), "tensor %s is given twice", tensor.name());
        }
        if (config.path("tie_word_embeddings").asBoolean()) {
            stored.remove(HEAD);
        }
        try {
            writeFolder(TargetFolder.resolve(target), stored.values());
        } catch (IOException e) {
            throw new CheckpointException(target + ": the model cannot be written: " + Reasons.of(e), e);
        } catch (CheckpointException e) {
            throw new CheckpointException(target + ": the model was not written: " + e.getMessage(), e);
        }
    }

    /** Size of all tensors of the base as they are written. */
    long bytes() {
        return kept().values().stream().mapToLong(StoredTensor::bytes).sum();
    }

    private Map<String, StoredTensor> kept() {
        Map<String, StoredTensor> stored = new TreeMap<>();
        kept.forEach((name, tensor) -> {
            // HuggingFace ignores a stored copy of a tied head, Jlama would take it for the head.
            if (!(name.equals(HEAD) && config.path("tie_word_embeddings").asBoolean())) {
                tensor.stored(type).forEach(part -> stored.put(part.name(), part));
            }
        });
        return stored;
    }

    private void writeFolder(Path folder, Collection<StoredTensor> tensors) throws IOException {
        List<String> obsolete =
                new ArrayList<>(HuggingFaceDirectory.holdsWeights(folder) ? companions.obsolete(folder) : List.of());
        List<String> oldWeights = weightFiles(folder);
        List<List<StoredTensor>> shards = divide(tensors);
        try (FolderUpdate update = new FolderUpdate(folder, disk)) {
            for (Map.Entry<String, byte[]> file : companions.files().entrySet()) {
                update.add(file.getKey(), Disk.Content.of(file.getValue()));
            }
            update.add(HuggingFaceDirectory.CONFIG, Disk.Content.of(JSON.writeValueAsBytes(writtenConfig())));
            if (shards.size() == 1) {
                update.add(
                        HuggingFaceDirectory.SINGLE_FILE,
                        channel -> SafetensorsWriter.write(shards.getFirst(), channel));
                oldWeights.remove(HuggingFaceDirectory.SINGLE_FILE);
            } else {
                List<String> names = shardNames(folder, shards.size());
                for (int i = 0; i < names.size(); i++) {
                    List<StoredTensor> shard = shards.get(i);
                    update.add(names.get(i), channel -> SafetensorsWriter.write(shard, channel));
                }
                update.add(HuggingFaceDirectory.INDEX, Disk.Content.of(JSON.writeValueAsBytes(index(names, shards))));
                oldWeights.remove(HuggingFaceDirectory.INDEX);
            }
            obsolete.addAll(oldWeights);
            update.publish(obsolete);
        }
    }

    /** The weights of the model that is in the folder, in an order in which they can be deleted: the index first. */
    private static List<String> weightFiles(Path folder) {
        List<String> files = new ArrayList<>();
        if (Files.exists(folder.resolve(HuggingFaceDirectory.INDEX))) {
            files.add(HuggingFaceDirectory.INDEX);
            try {
                ShardIndex.read(folder.resolve(HuggingFaceDirectory.INDEX)).shards().stream()
                        .filter(shard -> Path.of(shard).getNameCount() == 1)
                        .forEach(files::add);
            } catch (CheckpointException e) {
                // A damaged index goes; what it meant to list cannot be told from the user's own files, and stays.
                files.removeIf(file -> !file.equals(HuggingFaceDirectory.INDEX));
            }
        }
        if (Files.exists(folder.resolve(HuggingFaceDirectory.SINGLE_FILE))
                && !files.contains(HuggingFaceDirectory.SINGLE_FILE)) {
            files.add(HuggingFaceDirectory.SINGLE_FILE);
        }
        return files;
    }

    private List<List<StoredTensor>> divide(Collection<StoredTensor> tensors) {
        List<List<StoredTensor>> shards = new ArrayList<>();
        long filled = Long.MAX_VALUE;
        for (StoredTensor tensor : tensors) {
            if (shards.isEmpty() || (filled > 0 && tensor.bytes() > shardBytes - filled)) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.getLast().add(tensor);
            filled += tensor.bytes();
        }
        return shards.isEmpty() ? List.of(List.of()) : shards;
    }

    /** HuggingFace's names; others when those are taken, since a shard of the old model must not change under its index. */
    private static List<String> shardNames(Path folder, int count) {
        String variant = "";
        List<String> names;
        do {
            String prefix = "model" + variant;
            names = new ArrayList<>();
            for (int i = 1; i <= count; i++) {
                names.add(String.format("%s-%05d-of-%05d.safetensors", prefix, i, count));
            }
            variant = "-" + UUID.randomUUID().toString().substring(0, 8);
        } while (names.stream().anyMatch(name -> Files.exists(folder.resolve(name))));
        return names;
    }

    private static ObjectNode index(List<String> names, List<List<StoredTensor>> shards) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        long total = shards.stream()
                .flatMap(List::stream)
                .mapToLong(StoredTensor::bytes)
                .sum();
        index.putObject("metadata").put("total_size", total);
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            shards.get(i).forEach(tensor -> map.put(tensor.name(), name));
        }
        return index;
    }

    private ObjectNode writtenConfig() {
        if (!type.isFloat()) {
            return config;
        }
        String dtype = switch (type) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F64 -> "float64";
            default -> "float32";
        };
        ObjectNode written = config.deepCopy();
        written.put("torch_dtype", dtype);
        // The newer name of the same key; where a folder has both, they must agree.
        if (written.has("dtype")) {
            written.put("dtype", dtype);
        }
        return written;
    }

    /** What tells the model in the folder from the one to be written. */
    private Optional<String> difference(Path folder) {
        return configDifference(folder)
                .or(() -> companions.differsInTokenizer(folder) ? Optional.of("tokenizer.json") : Optional.empty());
    }

    private Optional<String> configDifference(Path folder) {
        Path configFile = folder.resolve(HuggingFaceDirectory.CONFIG);
        if (Files.exists(configFile)) {
            JsonNode other = JsonFiles.readObject(configFile);
            List<String> keys = new ArrayList<>();
            config.fieldNames().forEachRemaining(keys::add);
            other.fieldNames().forEachRemaining(keys::add);
            Collections.sort(keys);
            for (String key : keys) {
                if (!INCIDENTAL_KEYS.contains(key) && !config.path(key).equals(other.path(key))) {
                    return Optional.of(HuggingFaceDirectory.CONFIG + " key " + Names.quote(key));
                }
            }
        }
        return Optional.empty();
    }
}

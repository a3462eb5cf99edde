package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code model.safetensors.index.json}: which file of the folder holds which tensor. No entry leads out of the folder.
 *
 * @param file the index itself
 * @param weightMap file name of each tensor
 */
record ShardIndex(Path file, Map<String, String> weightMap) {
    /**
     * Reads an index and checks that its files exist and lie in its folder.
     *
     * @throws CheckpointException when not
     */
    static ShardIndex read(Path file) {
        JsonNode map = JsonFiles.readObject(file).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new CheckpointException(file + ": 'weight_map' is missing or not an object of file names");
        }
        Map<String, String> weightMap = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (!entry.getValue().isTextual()) {
                throw new CheckpointException(
                        file + ": 'weight_map': the entry of " + Names.quote(entry.getKey()) + " is not a file name");
            }
            weightMap.put(entry.getKey(), entry.getValue().textValue());
        }
        ShardIndex index = new ShardIndex(file, weightMap);
        index.shards().forEach(index::checkInside);
        return index;
    }

    /** The files, each once, in order of their names. */
    Set<String> shards() {
        return new TreeSet<>(weightMap.values());
    }

    /** Checks that each tensor was found in the file that the index names. */
    void checkHeldBy(Map<String, TensorEntry> tensors) {
        weightMap.forEach((name, shard) -> {
            TensorEntry tensor = tensors.get(name);
            if (tensor == null || !tensor.file().equals(file.resolveSibling(shard))) {
                throw new CheckpointException(file + ": " + Names.quote(shard) + " does not hold tensor "
                        + Names.quote(name)
                        + (tensor == null ? "" : ", it is in " + tensor.file().getFileName()));
            }
        });
    }

    private void checkInside(String shard) {
        String where = file + ": 'weight_map': " + Names.quote(shard);
        try {
            Path name = Path.of(shard);
            boolean plain =
                    !shard.isEmpty() && !name.isAbsolute() && name.equals(name.normalize()) && !name.startsWith("..");
            if (!plain) {
                throw new CheckpointException(where + " points outside the model folder");
            }
            Path target = file.resolveSibling(name);
            if (Files.notExists(target)) {
                throw new CheckpointException(where + " is not in the folder: fetch all parts of the model");
            }
            Path folder = file.toAbsolutePath().getParent().toRealPath();
            Path real = target.toRealPath();
            if (!real.startsWith(folder) && !isBlobOfSameCache(folder, real)) {
                throw new CheckpointException(where + " is a link that points outside the model folder");
            }
        } catch (InvalidPathException e) {
            throw new CheckpointException(where + " is not a file name", e);
        } catch (IOException e) {
            throw new CheckpointException(where + " cannot be read: " + Reasons.of(e), e);
        }
    }

    /** HuggingFace's download cache keeps {@code snapshots/<revision>/<file>} as links to {@code blobs/<hash>}. */
    private static boolean isBlobOfSameCache(Path folder, Path real) {
        Path snapshots = folder.getParent();
        return snapshots != null
                && snapshots.endsWith("snapshots")
                && real.getParent().equals(snapshots.resolveSibling("blobs"));
    }
}

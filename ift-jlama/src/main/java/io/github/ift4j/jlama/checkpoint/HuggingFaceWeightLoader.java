package io.github.ift4j.jlama.checkpoint;

import com.github.tjake.jlama.model.DistributedContext;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.TensorInfo;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.google.common.collect.Maps;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Loads a model folder into float32 memory, each tensor once and when it is first asked for, and serves that memory both as
 * Jlama tensors and as it is; quantised weights become float32 too. Unlike Jlama's own loader it checks what it reads: {@link HuggingFaceDirectory} says how.
 *
 * <p>Thread-safe. Tensors stay usable after the folder is closed, until the arena is.
 */
public final class HuggingFaceWeightLoader implements WeightLoader {
    private final HuggingFaceDirectory directory;
    private final Arena arena;
    private final Map<String, Float32Tensor> loaded = new ConcurrentHashMap<>();

    /**
     * @param directory where to read; stays open as long as there is something to load
     * @param arena owner of the memory; one that all threads may access
     * @throws IllegalStateException when the JVM was started without the vector API
     */
    public HuggingFaceWeightLoader(HuggingFaceDirectory directory, Arena arena) {
        VectorApi.require();
        this.directory = directory;
        this.arena = arena;
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    /** All tensors of the folder, as what {@link #load} makes of them: F32. */
    @Override
    public Map<String, TensorInfo> tensorInfoMap() {
        return Maps.asMap(
                directory.tensorNames(),
                name -> JlamaTensors.info(directory.tensor(name).shape()));
    }

    @Override
    public boolean isWeightPresent(String name) {
        return directory.tensorNames().contains(name);
    }

    /**
     * The tensor as one of Jlama's.
     *
     * @throws CheckpointException when it is missing, neither quantised nor of a floating-point type, holds NaN or infinity,
     *     or is larger than Jlama can address
     */
    @Override
    public AbstractTensor<?, ?> load(
            String name, DistributedContext context, boolean sparseRows, boolean sparseColumns) {
        return JlamaTensors.share(float32(name), context);
    }

    /**
     * The memory under the tensor that {@link #load(String)} gives, without its limit of 2 GiB.
     *
     * @param expectedShape the shape it must have
     * @return float32 in native byte order, aligned to 64 bytes
     * @throws CheckpointException when it is missing, of another shape, not of a floating-point type, or holds NaN or infinity
     */
    public MemorySegment load(String name, List<Integer> expectedShape) {
        directory.checkShape(name, expectedShape);
        return float32(name).segment();
    }

    private Float32Tensor float32(String name) {
        return loaded.computeIfAbsent(name, _ -> {
            TensorEntry tensor = directory.tensor(name);
            return new Float32Tensor(name, tensor.shape(), directory.readFloat32(name, tensor.shape(), arena));
        });
    }

    @Override
    public DType getModelDType() {
        return DType.F32;
    }

    /** Does nothing: the folder and the arena belong to the caller. */
    @Override
    public void close() {}
}

package io.github.ift4j.jlama.checkpoint;

import com.github.tjake.jlama.model.DistributedContext;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.TensorInfo;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.google.common.collect.Maps;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.util.Collection;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Serves tensors in memory to Jlama: a Jlama model built over this loader computes with the owner's own memory and sees each
 * change of it at once.
 *
 * <p>The memory must be native, accessible by all threads, and outlive the models.
 */
public final class SegmentWeightLoader implements WeightLoader {
    private final Map<String, Float32Tensor> tensors;

    /**
     * @param tensors what to serve, each name once
     * @throws IllegalStateException when the JVM was started without the vector API
     */
    public SegmentWeightLoader(Collection<Float32Tensor> tensors) {
        VectorApi.require();
        this.tensors = Maps.uniqueIndex(tensors, Float32Tensor::name);
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public Map<String, TensorInfo> tensorInfoMap() {
        return Maps.transformValues(tensors, tensor -> JlamaTensors.info(tensor.shape()));
    }

    @Override
    public boolean isWeightPresent(String name) {
        return tensors.containsKey(name);
    }

    /**
     * The tensor over the owner's memory, always whole.
     *
     * @throws NoSuchElementException when there is none of that name
     * @throws CheckpointException when Jlama cannot use its memory, or asks for a part of it
     */
    @Override
    public AbstractTensor<?, ?> load(
            String name, DistributedContext context, boolean sparseRows, boolean sparseColumns) {
        Float32Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new NoSuchElementException("no tensor " + Names.quote(name) + "; the nearest names are "
                    + Names.nearest(name, tensors.keySet()));
        }
        return JlamaTensors.share(tensor, context);
    }

    @Override
    public DType getModelDType() {
        return DType.F32;
    }

    /** Does nothing: the memory belongs to somebody else. */
    @Override
    public void close() {}
}

package io.github.ift4j.jlama.checkpoint;

import com.github.tjake.jlama.model.DistributedContext;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.TensorInfo;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.FloatBufferTensor;
import com.github.tjake.jlama.tensor.TensorShape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;

/** Shows float32 memory to Jlama as tensors of its own, without a copy. */
final class JlamaTensors {
    private JlamaTensors() {}

    /**
     * A Jlama tensor over the same memory; a vector of n becomes [1, n], as everywhere in Jlama. It never enters Jlama's
     * tensor cache, so closing it does nothing.
     *
     * @param context how Jlama's distributed inference divides the model; null if it does not
     * @throws CheckpointException when Jlama cannot address the tensor
     */
    static AbstractTensor<?, ?> share(Float32Tensor tensor, DistributedContext context) {
        if (context != null && context.hasModelShard()) {
            throw new CheckpointException("tensor " + Names.quote(tensor.name())
                    + " cannot be divided: distributed inference needs Jlama's own weight loader");
        }
        MemorySegment segment = tensor.segment();
        if (tensor.shape().isEmpty() || segment.byteSize() == 0) {
            throw new CheckpointException(
                    "tensor " + Names.quote(tensor.name()) + " of shape " + tensor.shape() + " has no form in Jlama");
        }
        if (segment.byteSize() > Integer.MAX_VALUE) {
            throw new CheckpointException("tensor " + Names.quote(tensor.name()) + " of shape " + tensor.shape()
                    + " takes " + segment.byteSize() + " bytes in float32; Jlama's tensors end at 2 GiB");
        }
        // Jlama works on its own threads and on direct buffers only; a copy would not see the trainer's steps.
        if (!segment.isNative() || !segment.isAccessibleBy(Thread.ofVirtual().unstarted(() -> {}))) {
            throw new CheckpointException("tensor " + Names.quote(tensor.name())
                    + " must lie in native memory that all threads may access, such as a shared arena's");
        }
        return new FloatBufferTensor(
                tensor.name(),
                segment.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer(),
                TensorShape.of(dimensions(tensor.shape())),
                true);
    }

    /** What Jlama wants to know of a tensor before it loads it. */
    static TensorInfo info(List<Integer> shape) {
        long[] dimensions = shape.stream().mapToLong(Integer::longValue).toArray();
        long size = shape.stream().mapToLong(Integer::longValue).reduce(Float.BYTES, Math::multiplyExact);
        return new TensorInfo(DType.F32, dimensions, new long[] {0, size});
    }

    private static int[] dimensions(List<Integer> shape) {
        return shape.stream().mapToInt(Integer::intValue).toArray();
    }
}

package io.github.ift4j.core.optimizer;

import java.lang.foreign.MemorySegment;
import java.util.SequencedMap;

/**
 * Changes parameters by their gradients. It owns its state off-heap; arithmetic is PyTorch's, float32 and element by element,
 * so results do not depend on the number of threads.
 *
 * <p>Not thread-safe.
 */
public interface Optimizer extends AutoCloseable {
    /** What it was made from. */
    OptimizerConfig config();

    /**
     * One step over the parameters that have a gradient; the others keep value and state.
     *
     * @param learningRate the rate of this step, not negative
     * @param gradientScale what each gradient is multiplied by first, see {@link GradientNorm#clipScale}
     * @throws IllegalArgumentException when either is not a finite number; nothing has changed then
     */
    void step(double learningRate, double gradientScale);

    /**
     * The state between steps by name ({@code square_avg.lm_head.weight}), in a fixed order. Writing saved bytes back into the
     * segments restores it.
     */
    SequencedMap<String, MemorySegment> state();

    /** Releases the state. */
    @Override
    void close();
}

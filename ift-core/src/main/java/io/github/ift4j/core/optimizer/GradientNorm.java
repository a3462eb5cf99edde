package io.github.ift4j.core.optimizer;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * The Euclidean norm of all gradients together, and clipping by it as {@code torch.nn.utils.clip_grad_norm_} does.
 *
 * <p>Squares are summed in double in one order that depends on the parameters' sizes alone, so the norm is the same to the
 * last bit for any number of threads and any machine.
 */
public final class GradientNorm {
    private final ParameterBlocks blocks;
    private final Workers workers;
    private final double[] sums;

    /** @param parameters whose gradients to measure; those without one count as zero */
    public GradientNorm(List<Parameter> parameters, Workers workers) {
        this.blocks = new ParameterBlocks(parameters);
        this.workers = workers;
        this.sums = new double[blocks.count()];
    }

    /** The norm; not finite when any gradient is not. */
    public double compute() {
        Arrays.fill(sums, 0);
        blocks.forEach(workers, (block, index, from, to) -> {
            sums[block] = sumOfSquares(blocks.parameters().get(index).gradient(), from, to);
        });
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return Math.sqrt(total);
    }

    /**
     * What gradients must be multiplied by so that their norm does not exceed a bound.
     *
     * @param norm their norm
     * @param maximum the bound, positive
     * @return {@code min(1, maximum / (norm + 1e-6))}
     */
    public static double clipScale(double norm, double maximum) {
        Preconditions.checkArgument(maximum > 0, "the largest gradient norm must be positive, was %s", maximum);
        return Math.min(1, maximum / (norm + 1e-6));
    }

    /** Eight sums that advance together: they keep the adder busy, and their order is part of the result. */
    private static double sumOfSquares(MemorySegment values, long from, long to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double s4 = 0;
        double s5 = 0;
        double s6 = 0;
        double s7 = 0;
        long i = from;
        for (; i + 8 <= to; i += 8) {
            s0 += square(values, i);
            s1 += square(values, i + 1);
            s2 += square(values, i + 2);
            s3 += square(values, i + 3);
            s4 += square(values, i + 4);
            s5 += square(values, i + 5);
            s6 += square(values, i + 6);
            s7 += square(values, i + 7);
        }
        for (; i < to; i++) {
            s0 += square(values, i);
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    }

    private static double square(MemorySegment values, long index) {
        double value = values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
        return value * value;
    }
}

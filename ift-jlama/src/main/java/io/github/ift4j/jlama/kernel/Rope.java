package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Rotary position embedding in HuggingFace's layout: element i of a head is rotated with element i + headDim / 2.
 *
 * <p>A rotation is orthogonal, so its backward pass is the rotation by the opposite angle.
 */
public final class Rope {
    private Rope() {}

    /**
     * Rotates the heads of each row in place.
     *
     * @param x [rows, heads x headDim]
     * @param positions position of each row in its sequence, [rows]
     * @param cos cosines of the angles, [positions, headDim / 2]
     * @param sin sines of the angles, [positions, headDim / 2]
     */
    public static void forward(Workers workers, Matrix x, int[] positions, Matrix cos, Matrix sin) {
        rotate(workers, x, positions, cos, sin, 1);
    }

    /** Turns the gradient of the rotated rows into that of the rows before, in place. */
    public static void backward(Workers workers, Matrix dX, int[] positions, Matrix cos, Matrix sin) {
        rotate(workers, dX, positions, cos, sin, -1);
    }

    private static void rotate(Workers workers, Matrix x, int[] positions, Matrix cos, Matrix sin, float direction) {
        int half = cos.cols();
        int heads = x.cols() / (2 * half);
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long c = cos.rowIndex(positions[row]);
                long s = sin.rowIndex(positions[row]);
                for (int head = 0; head < heads; head++) {
                    long at = x.rowIndex(row) + (long) head * 2 * half;
                    for (int i = 0; i < half; i += LANES) {
                        VectorMask<Float> mask = SPECIES.indexInRange(i, half);
                        FloatVector cosine = load(cos.segment(), c + i, mask);
                        FloatVector sine = load(sin.segment(), s + i, mask).mul(direction);
                        FloatVector a = load(x.segment(), at + i, mask);
                        FloatVector b = load(x.segment(), at + half + i, mask);
                        store(a.mul(cosine).sub(b.mul(sine)), x.segment(), at + i, mask);
                        store(b.mul(cosine).add(a.mul(sine)), x.segment(), at + half + i, mask);
                    }
                }
            }
        });
    }
}

package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Rotary position embedding in HuggingFace's layout: of each head the first rotaryDim elements are rotated, element i with element
 * i + rotaryDim / 2, and the others are left alone.
 *
 * <p>A row of the tables is all that distinguishes positions. Both tables may carry a common factor, as YaRN's attention factor:
 * the backward pass is the transpose, the rotation by the opposite angle times that factor.
 */
public final class Rope {
    private Rope() {}

    /**
     * Rotates the heads of each row in place.
     *
     * @param x [rows, heads x headDim]
     * @param headDim width of a head, at least rotaryDim
     * @param tableRows row of the tables for each row of x, [rows]
     * @param cos cosines of the angles, [table rows, rotaryDim / 2]
     * @param sin sines of the angles, [table rows, rotaryDim / 2]
     * @throws IllegalArgumentException when the heads do not fill the rows or are narrower than the rotation
     */
    public static void forward(Workers workers, Matrix x, int headDim, int[] tableRows, Matrix cos, Matrix sin) {
        rotate(workers, x, headDim, tableRows, cos, sin, 1);
    }

    /** Turns the gradient of the rotated rows into that of the rows before, in place. */
    public static void backward(Workers workers, Matrix dX, int headDim, int[] tableRows, Matrix cos, Matrix sin) {
        rotate(workers, dX, headDim, tableRows, cos, sin, -1);
    }

    private static void rotate(
            Workers workers, Matrix x, int headDim, int[] tableRows, Matrix cos, Matrix sin, float direction) {
        int half = cos.cols();
        Preconditions.checkArgument(
                x.cols() % headDim == 0 && 2 * half <= headDim,
                "rows of %s do not divide into heads of %s of which %s are rotated",
                x.cols(),
                headDim,
                2 * half);
        int heads = x.cols() / headDim;
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                for (int head = 0; head < heads; head++) {
                    rotateHead(x, row, head * headDim, cos, sin, tableRows[row], direction);
                }
            }
        });
    }

    private static void rotateHead(
            Matrix x, int row, int firstCol, Matrix cos, Matrix sin, int tableRow, float direction) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment cosMemory = NativeMemory.check(cos.segment());
        MemorySegment sinMemory = NativeMemory.check(sin.segment());
        int half = cos.cols();
        int whole = Vectors.whole(half);
        long at = x.rowIndex(row) + firstCol;
        long c = cos.rowIndex(tableRow);
        long s = sin.rowIndex(tableRow);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector cosine = load(cosMemory, c + i);
            FloatVector sine = load(sinMemory, s + i).mul(direction);
            FloatVector a = load(xMemory, at + i);
            FloatVector b = load(xMemory, at + half + i);
            store(a.mul(cosine).sub(b.mul(sine)), xMemory, at + i);
            store(b.mul(cosine).add(a.mul(sine)), xMemory, at + half + i);
        }
        // The same roundings as those of a vector's lanes.
        for (int i = whole; i < half; i++) {
            float cosine = cos.get(tableRow, i);
            float sine = sin.get(tableRow, i) * direction;
            float a = x.get(row, firstCol + i);
            float b = x.get(row, firstCol + half + i);
            x.set(row, firstCol + i, a * cosine - b * sine);
            x.set(row, firstCol + half + i, b * cosine + a * sine);
        }
    }
}

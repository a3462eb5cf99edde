package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Matrix products of float32 numbers. One call at a time, but for {@link #multiply(int, Form, Matrix, Matrix, Matrix, boolean)}.
 *
 * <p>Contract of an exact implementation: each element of the result is the sum over k = 0, 1, … in that order, each term added
 * by a fused multiply-add, starting from zero or, when accumulating, from the element's old value. So a result does not depend on
 * tiling, on the number of threads or on the other rows and columns.
 */
public interface Gemm extends AutoCloseable {
    /** Which operand is read transposed. */
    enum Form {
        /** C [m, n] = A [m, k] · B [n, k]ᵀ: a layer's forward pass with weights [out, in]. */
        A_BT,
        /** C [m, n] = A [m, k] · B [k, n]: the gradient of a layer's input. */
        A_B,
        /** C [m, n] = A [k, m]ᵀ · B [k, n]: the gradient of a layer's weights. */
        AT_B;

        int m(Matrix a) {
            return this == AT_B ? a.cols() : a.rows();
        }

        int k(Matrix a) {
            return this == AT_B ? a.rows() : a.cols();
        }

        int n(Matrix b) {
            return this == A_BT ? b.rows() : b.cols();
        }

        int kOfRight(Matrix b) {
            return this == A_BT ? b.cols() : b.rows();
        }
    }

    /** Name for reports. */
    String name();

    /**
     * C = A op B, or C += A op B, on all threads.
     *
     * @param accumulate whether to add to what C holds
     */
    void multiply(Form form, Matrix a, Matrix b, Matrix c, boolean accumulate);

    /**
     * The same with a weight on the right, of which an implementation may keep another form: the numbers in the weight's memory change
     * only if {@link #weightsChanged} is called before the next product.
     */
    default void multiplyWeight(Form form, Matrix a, Matrix weight, Matrix c, boolean accumulate) {
        multiply(form, a, weight, c, accumulate);
    }

    /** Says that numbers in this memory, which {@link #multiplyWeight} takes weights from, may have changed. */
    default void weightsChanged(MemorySegment weights) {}

    /** Memory of the other form that is kept of weights that {@link #multiplyWeight} takes, in bytes; given that of the weights. */
    default long keptBytes(long weightBytes) {
        return 0;
    }

    /** Products that fulfil the contract of an exact implementation, on the same threads: these ones, or others that close with them. */
    default Gemm exact() {
        return this;
    }

    /** The same on the calling thread alone, from inside a parallel task of the given worker. */
    void multiply(int worker, Form form, Matrix a, Matrix b, Matrix c, boolean accumulate);

    /**
     * Lays out a right operand B [n, k] of the form {@link Form#A_BT} for many products.
     *
     * @param arena owner of the memory
     */
    PackedWeights pack(Matrix b, Arena arena);

    /** The same with weights that stay in the format in which they are stored. */
    PackedWeights pack(StoredWeights b, Arena arena);

    /**
     * C = A op B with a B that was laid out by {@link #pack}; the same bits as with the plain B, or with the float32 numbers that B's
     * stand for, of which no more than a block is ever in memory.
     *
     * @param form {@link Form#A_BT} or {@link Form#A_B}
     * @param accumulate whether to add to what C holds
     */
    void multiplyPacked(Form form, Matrix a, PackedWeights b, Matrix c, boolean accumulate);

    /** C [m, n] = A [m, k] · Bᵀ with a B [n, k] that was laid out by {@link #pack}. */
    default void multiplyPacked(Matrix a, PackedWeights b, Matrix c, boolean accumulate) {
        multiplyPacked(Form.A_BT, a, b, c, accumulate);
    }

    /**
     * The products of one A with several packed weights, as {@link #multiplyPacked(Matrix, PackedWeights, Matrix, boolean)} gives each.
     * Together they keep more threads busy than one after the other.
     *
     * @param b as many weights as results
     * @param c do not overlap
     */
    default void multiplyPacked(Matrix a, List<PackedWeights> b, List<Matrix> c, boolean accumulate) {
        for (int i = 0; i < b.size(); i++) {
            multiplyPacked(a, b.get(i), c.get(i), accumulate);
        }
    }

    /**
     * to = some rows of packed weights in float32.
     *
     * @param first the first of the rows, a multiple of {@link PackedWeights#ROW_MULTIPLE}
     * @param to as wide as the weights
     */
    void unpack(PackedWeights b, int first, Matrix to);

    @Override
    void close();
}

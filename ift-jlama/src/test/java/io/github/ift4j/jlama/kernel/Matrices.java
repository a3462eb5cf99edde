package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.util.random.RandomGenerator;

/** Matrices for tests. */
public final class Matrices {
    private Matrices() {}

    /** Normally distributed numbers. */
    public static Matrix random(Arena arena, int rows, int cols, RandomGenerator random) {
        return fill(Matrix.allocate(arena, rows, cols), random);
    }

    /** Normally distributed numbers with {@code padding} unused numbers between the rows. */
    static Matrix randomStrided(Arena arena, int rows, int cols, int padding, RandomGenerator random) {
        Matrix wide = random(arena, rows, cols + padding, random);
        return wide.columnRange(padding / 2, padding / 2 + cols);
    }

    static Matrix copy(Arena arena, Matrix from) {
        Matrix to = Matrix.allocate(arena, from.rows(), from.cols());
        to.copyFrom(from);
        return to;
    }

    /** All numbers, row after row. */
    static double[] values(Matrix matrix) {
        double[] values = new double[matrix.rows() * matrix.cols()];
        for (int i = 0; i < values.length; i++) {
            values[i] = matrix.get(i / matrix.cols(), i % matrix.cols());
        }
        return values;
    }

    private static Matrix fill(Matrix matrix, RandomGenerator random) {
        for (int row = 0; row < matrix.rows(); row++) {
            for (int col = 0; col < matrix.cols(); col++) {
                matrix.set(row, col, (float) random.nextGaussian());
            }
        }
        return matrix;
    }
}

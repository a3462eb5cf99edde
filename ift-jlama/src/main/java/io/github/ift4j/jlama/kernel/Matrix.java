package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A view of float32 numbers in native memory as rows and columns, row-major.
 *
 * @param segment the memory, in native byte order
 * @param offset index of element (0, 0), in floats
 * @param rows number of rows
 * @param cols number of columns
 * @param stride distance between rows, in floats
 */
public record Matrix(MemorySegment segment, long offset, int rows, int cols, int stride) {
    private static final long ALIGNMENT = 64;

    public Matrix {
        Preconditions.checkArgument(
                rows >= 0 && cols >= 0 && offset >= 0 && (stride >= cols || rows <= 1),
                "no matrix of %s x %s with stride %s at %s",
                rows,
                cols,
                stride,
                offset);
        long end = rows == 0 || cols == 0 ? 0 : offset + (long) (rows - 1) * stride + cols;
        Preconditions.checkArgument(
                end * Float.BYTES <= segment.byteSize(),
                "a matrix of %s x %s with stride %s does not fit into %s bytes",
                rows,
                cols,
                stride,
                segment.byteSize());
    }

    /** All of a segment's numbers as a dense matrix. */
    public static Matrix of(MemorySegment segment, int rows, int cols) {
        return new Matrix(segment, 0, rows, cols, cols);
    }

    /** A dense matrix of zeros. */
    public static Matrix allocate(Arena arena, int rows, int cols) {
        return of(arena.allocate(Math.max(1, (long) rows * cols) * Float.BYTES, ALIGNMENT), rows, cols);
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of this matrix, sharing its memory. */
    public Matrix rowRange(int from, int to) {
        Preconditions.checkPositionIndexes(from, to, rows);
        if (to - from == rows) {
            return this;
        }
        return new Matrix(segment, offset + (long) from * stride, to - from, cols, stride);
    }

    /** Columns {@code from} (inclusive) to {@code to} (exclusive) of this matrix, sharing its memory. */
    public Matrix columnRange(int from, int to) {
        Preconditions.checkPositionIndexes(from, to, cols);
        if (to - from == cols) {
            return this;
        }
        return new Matrix(segment, offset + from, rows, to - from, stride);
    }

    /** A dense copy with rows and columns exchanged. */
    public Matrix transposed(Arena arena) {
        Matrix transposed = allocate(arena, cols, rows);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                transposed.set(col, row, get(row, col));
            }
        }
        return transposed;
    }

    /** Position of the first element of a row in the segment, in floats. */
    public long rowIndex(int row) {
        return offset + (long) row * stride;
    }

    /** Position of the first element of a row in the segment, in bytes. */
    public long rowByte(int row) {
        return rowIndex(row) * Float.BYTES;
    }

    /** One element. */
    public float get(int row, int col) {
        return segment.getAtIndex(ValueLayout.JAVA_FLOAT, rowIndex(row) + col);
    }

    /** Sets one element. */
    public void set(int row, int col, float value) {
        segment.setAtIndex(ValueLayout.JAVA_FLOAT, rowIndex(row) + col, value);
    }

    /** Copies a row of another matrix of the same width into a row of this one. */
    public void copyRow(int row, Matrix from, int fromRow) {
        MemorySegment.copy(from.segment, from.rowByte(fromRow), segment, rowByte(row), (long) cols * Float.BYTES);
    }

    /** Copies all rows of another matrix of the same size into this one. */
    public void copyFrom(Matrix from) {
        Preconditions.checkArgument(rows == from.rows && cols == from.cols, "sizes differ");
        if (rows > 0 && stride == cols && from.stride == cols) {
            MemorySegment.copy(from.segment, from.rowByte(0), segment, rowByte(0), (long) rows * cols * Float.BYTES);
            return;
        }
        for (int row = 0; row < rows; row++) {
            copyRow(row, from, row);
        }
    }

    /** Sets all elements to zero. */
    public void clear() {
        if (rows > 0 && stride == cols) {
            segment.asSlice(rowByte(0), (long) rows * cols * Float.BYTES).fill((byte) 0);
            return;
        }
        for (int row = 0; row < rows; row++) {
            segment.asSlice(rowByte(row), (long) cols * Float.BYTES).fill((byte) 0);
        }
    }

    /** Sets the numbers of a row. */
    public void setRow(int row, float[] values) {
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, rowByte(row), cols);
    }

    /** Adds to the numbers of a row. */
    public void addToRow(int row, float[] values) {
        float[] sum = row(row);
        for (int col = 0; col < cols; col++) {
            sum[col] += values[col];
        }
        setRow(row, sum);
    }

    /** The numbers of a row, copied. */
    public float[] row(int row) {
        float[] values = new float[cols];
        MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, rowByte(row), values, 0, cols);
        return values;
    }
}

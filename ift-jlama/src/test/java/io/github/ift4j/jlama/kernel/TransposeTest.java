package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransposeTest {
    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(8);
    private final Transpose transpose = new Transpose(arena.allocate(Transpose.ROWS_BYTES, 64));

    @AfterEach
    void release() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,5,4", "4,4,4", "8,8,8", "16,16,16", "16,16,32", "17,31,32", "40,3,48", "5,70,16", "64,33,64"
    })
    void rowsBecomeColumnsAndWhatIsBeyondThemZero(int rows, int cols, int width) {
        Matrix from = Matrices.random(arena, rows + 2, cols + 3, random)
                .rowRange(1, rows + 1)
                .columnRange(2, cols + 2);
        Matrix to = Matrices.random(arena, cols, width, random);
        run(from, to);
        for (int col = 0; col < cols; col++) {
            for (int row = 0; row < width; row++) {
                assertThat(to.get(col, row)).isEqualTo(row < rows ? from.get(row, col) : 0);
            }
        }
    }

    @Test
    void nothingBesideTheTargetIsWritten() {
        Matrix around = Matrices.random(arena, 9, 20, random);
        float[][] before = new float[9][];
        for (int row = 0; row < 9; row++) {
            before[row] = around.row(row);
        }
        run(Matrices.random(arena, 11, 7, random), around.rowRange(1, 8).columnRange(3, 14));
        for (int row = 0; row < 9; row++) {
            for (int col = 0; col < 20; col++) {
                boolean inside = row >= 1 && row < 8 && col >= 3 && col < 14;
                if (!inside) {
                    assertThat(around.get(row, col)).isEqualTo(before[row][col]);
                }
            }
        }
    }

    private void run(Matrix from, Matrix to) {
        transpose.run(
                from.segment(),
                from.rowByte(0),
                (long) from.stride() * Float.BYTES,
                from.rows(),
                from.cols(),
                to.segment(),
                to.rowByte(0),
                (long) to.stride() * Float.BYTES,
                to.cols());
    }
}

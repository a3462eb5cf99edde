package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * Cosines and sines of the rotary angles, computed for as many positions as were needed so far.
 *
 * <p>As in HuggingFace, inverse frequencies and angles are rounded to float32 before the cosine is taken.
 */
final class RotaryTable implements AutoCloseable {
    private static final int FIRST_POSITIONS = 256;

    private final float[] inverseFrequencies;
    private Arena arena = Arena.ofShared();
    private int positions;
    private Matrix cos;
    private Matrix sin;

    RotaryTable(DecoderConfig config) {
        int half = config.headDim() / 2;
        inverseFrequencies = new float[half];
        for (int i = 0; i < half; i++) {
            double frequency = StrictMath.pow(config.ropeTheta(), -2.0 * i / config.headDim());
            inverseFrequencies[i] = (float) config.ropeScaling().scale((float) frequency);
        }
        ensure(FIRST_POSITIONS);
    }

    /** Makes sure that the positions 0 to {@code count - 1} are there. Views taken before are void if the table grows. */
    void ensure(int count) {
        if (count <= positions) {
            return;
        }
        arena.close();
        arena = Arena.ofShared();
        positions = Math.max(count, 2 * positions);
        cos = Matrix.allocate(arena, positions, inverseFrequencies.length);
        sin = Matrix.allocate(arena, positions, inverseFrequencies.length);
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < inverseFrequencies.length; i++) {
                float angle = position * inverseFrequencies[i];
                cos.set(position, i, (float) StrictMath.cos(angle));
                sin.set(position, i, (float) StrictMath.sin(angle));
            }
        }
    }

    /** Cosines, [positions, headDim / 2]. */
    Matrix cos() {
        return cos;
    }

    /** Sines, [positions, headDim / 2]. */
    Matrix sin() {
        return sin;
    }

    @Override
    public void close() {
        arena.close();
    }
}

package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.RopeConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/**
 * Cosines and sines of the rotary angles. Sequences that are rotated alike, all of them but for scalings that depend on the length,
 * share a section of the table, which has a row for each position that was needed so far.
 *
 * <p>As in HuggingFace, inverse frequencies and angles are rounded to float32 before the cosine is taken.
 */
final class RotaryTable implements AutoCloseable {
    private static final int FIRST_POSITIONS = 256;
    /** Rows from which sections of sequences before are forgotten. */
    private static final int MANY_ROWS = 1 << 18;

    private final RopeConfig config;
    private final Map<Integer, Section> sections = new HashMap<>();
    private Arena arena = Arena.ofShared();
    private int used;
    private Matrix cos;
    private Matrix sin;

    /** Where the positions of sequences that are rotated alike begin, and how many there are. */
    private record Section(int first, int positions) {}

    RotaryTable(RopeConfig config) {
        this.config = config;
        cos = Matrix.allocate(arena, FIRST_POSITIONS, config.dim() / 2);
        sin = Matrix.allocate(arena, FIRST_POSITIONS, config.dim() / 2);
    }

    /** Makes room for all positions of sequences of these lengths. Views and rows given before are void if the table grows. */
    void prepare(int[] lengths) {
        if (used > MANY_ROWS && sections.size() > 1) {
            sections.clear();
            used = 0;
        }
        for (int length : lengths) {
            int regime = config.scaling().regime(length);
            Section section = sections.get(regime);
            if (section == null || section.positions() < length) {
                int positions = Math.max(length, section == null ? 0 : 2 * section.positions());
                sections.put(regime, append(positions, length));
            }
        }
    }

    private Section append(int positions, int length) {
        if (used + positions > cos.rows()) {
            grow(Math.max(used + positions, 2 * cos.rows()));
        }
        float[] frequencies = config.scaling().inverseFrequencies(config.theta(), config.dim(), length);
        float factor = (float) config.factor();
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < frequencies.length; i++) {
                float angle = position * frequencies[i];
                cos.set(used + position, i, (float) StrictMath.cos(angle) * factor);
                sin.set(used + position, i, (float) StrictMath.sin(angle) * factor);
            }
        }
        Section section = new Section(used, positions);
        used += positions;
        return section;
    }

    private void grow(int rows) {
        Arena old = arena;
        arena = Arena.ofShared();
        cos = grown(cos, rows);
        sin = grown(sin, rows);
        old.close();
    }

    private Matrix grown(Matrix from, int rows) {
        Matrix grown = Matrix.allocate(arena, rows, from.cols());
        grown.rowRange(0, used).copyFrom(from.rowRange(0, used));
        return grown;
    }

    /**
     * The rotation of rows.
     *
     * @param positions position of each row in its sequence
     * @param lengths length of each row's sequence, one of those that were prepared
     */
    Rotation rotation(int[] positions, int[] lengths) {
        int[] rows = new int[positions.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = sections.get(config.scaling().regime(lengths[i])).first() + positions[i];
        }
        return new Rotation(rows, cos, sin);
    }

    @Override
    public void close() {
        arena.close();
    }
}

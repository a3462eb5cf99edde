package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;

/**
 * How rows are rotated.
 *
 * @param rows for each row its row in the tables
 * @param cos cosines of the angles, [table rows, rotated elements / 2]
 * @param sin sines of the angles, alike
 */
record Rotation(int[] rows, Matrix cos, Matrix sin) {}

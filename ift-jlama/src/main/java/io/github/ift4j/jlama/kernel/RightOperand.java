package io.github.ift4j.jlama.kernel;

import io.github.ift4j.jlama.kernel.Gemm.Form;
import java.lang.foreign.MemorySegment;

/**
 * The right operand of a product of {@link VectorGemm}, which turns blocks of it into panels of float32 as {@link GemmTile} reads them. A
 * block's panels are all that is ever there in float32 of weights that are stored otherwise.
 */
sealed interface RightOperand {
    int rows();

    int cols();

    /** What the length of blocks over k has to be a multiple of, except for the last block's. */
    int multiple(Form form);

    /** Number of tasks that packing a block consists of; they are independent of each other. */
    int tasks(Block block);

    /**
     * Does one of the tasks.
     *
     * @param panels scratch memory of the thread
     */
    void pack(Block block, int task, GemmPanels panels);

    /** A block of a product: some columns of the result and some terms of their sums. Used again for block after block. */
    final class Block {
        private Form form;
        private int n0;
        private int n1;
        private int k0;
        private int k1;
        private int depth;
        private MemorySegment to;

        /**
         * Sets the block.
         *
         * @param n0 first column
         * @param n1 after the last column
         * @param k0 first term
         * @param k1 after the last term
         * @param depth distance of two panels in rows of k, at least k1 - k0
         * @param to receives the panels
         */
        void set(Form form, int n0, int n1, int k0, int k1, int depth, MemorySegment to) {
            this.form = form;
            this.n0 = n0;
            this.n1 = n1;
            this.k0 = k0;
            this.k1 = k1;
            this.depth = depth;
            this.to = to;
        }

        int panels() {
            return GemmPanels.count(n1 - n0, GemmTile.COLS);
        }

        long panelByte(int panel) {
            return GemmPanels.rightByte(panel, depth);
        }
    }

    /** A matrix in float32. */
    record Plain(Matrix matrix) implements RightOperand {
        /** Rows that a task packs. */
        private static final int ROWS = 16;

        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int cols() {
            return matrix.cols();
        }

        @Override
        public int multiple(Form form) {
            return 1;
        }

        @Override
        public int tasks(Block block) {
            return block.form == Form.A_BT ? block.panels() : GemmPanels.count(block.k1 - block.k0, ROWS);
        }

        @Override
        public void pack(Block block, int task, GemmPanels panels) {
            int k0 = block.k0;
            int k1 = block.k1;
            if (block.form == Form.A_BT) {
                int row = block.n0 + task * GemmTile.COLS;
                int rowEnd = Math.min(block.n1, row + GemmTile.COLS);
                panels.packTransposed(matrix, row, rowEnd, k0, k1, block.to, block.panelByte(task));
            } else {
                int row = k0 + task * ROWS;
                int rowEnd = Math.min(k1, row + ROWS);
                GemmPanels.packPlain(matrix, block.n0, block.n1, k0, k1, row, rowEnd, block.to);
            }
        }
    }

    /**
     * Packed weights, unpacked a part of a panel at a time. Multiplied as they are ({@link Form#A_B}), their panels lie along k and are
     * transposed.
     */
    record Packed(PackedWeights weights) implements RightOperand {
        /** Columns that a task transposes. */
        private static final int COLS = 16 * GemmTile.COLS;

        @Override
        public int rows() {
            return weights.rows();
        }

        @Override
        public int cols() {
            return weights.cols();
        }

        @Override
        public int multiple(Form form) {
            return form == Form.A_BT ? weights.format().unit() : GemmTile.COLS;
        }

        @Override
        public int tasks(Block block) {
            return block.form == Form.A_BT
                    ? block.panels()
                    : GemmPanels.count(block.k1 - block.k0, GemmTile.COLS) * stripes(block);
        }

        private static int stripes(Block block) {
            return GemmPanels.count(block.n1 - block.n0, COLS);
        }

        @Override
        public void pack(Block block, int task, GemmPanels panels) {
            if (block.form == Form.A_BT) {
                int panel = block.n0 / GemmTile.COLS + task;
                GemmPanels.unpack(weights, panel, block.k0, block.k1, block.to, block.panelByte(task));
                return;
            }
            int stripes = stripes(block);
            int row = block.k0 + task / stripes * GemmTile.COLS;
            int first = block.n0 + task % stripes * COLS;
            int end = Math.min(block.n1, first + COLS);
            long at = block.panelByte((first - block.n0) / GemmTile.COLS) + (row - block.k0) * GemmTile.STRIDE;
            int rows = Math.min(GemmTile.COLS, block.k1 - row);
            panels.unpackTransposed(weights, row / GemmTile.COLS, first, end, rows, block.to, at, block.depth);
        }
    }
}

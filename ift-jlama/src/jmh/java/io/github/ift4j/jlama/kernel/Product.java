package io.github.ift4j.jlama.kernel;

/** Products of a training step of four sequences of 256 tokens, with the models that {@code ift bench} knows. */
public enum Product {
    /** Attention's queries, keys and values of the model of 15 million parameters. */
    QKV_15M(1020, 3 * 288, 288),
    /** The inner layers of its MLP. */
    GATE_UP_15M(1020, 2 * 768, 288),
    /** The last layer of its MLP. */
    DOWN_15M(1020, 288, 768),
    /** Its output head, where half of the tokens are learned. */
    HEAD_15M(512, 32_000, 288),
    /** Attention's queries, keys and values of the model of 135 million parameters. */
    QKV_135M(1020, 576 + 2 * 192, 576),
    /** Attention's output. */
    OUTPUT_135M(1020, 576, 576),
    /** The inner layers of its MLP. */
    GATE_UP_135M(1020, 2 * 1536, 576),
    /** The last layer of its MLP. */
    DOWN_135M(1020, 576, 1536),
    /** Its output head. */
    HEAD_135M(512, 49_152, 576),
    /** A square, to compare with what others publish. */
    SQUARE_1024(1024, 1024, 1024);

    private final int rows;
    private final int outputs;
    private final int inputs;

    Product(int rows, int outputs, int inputs) {
        this.rows = rows;
        this.outputs = outputs;
        this.inputs = inputs;
    }

    /** Rows of the batch. */
    int rows() {
        return rows;
    }

    /** Width of the result. */
    int outputs() {
        return outputs;
    }

    /** Width of the input. */
    int inputs() {
        return inputs;
    }
}

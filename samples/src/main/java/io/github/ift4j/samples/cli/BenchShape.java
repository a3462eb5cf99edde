package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** Sizes of models to measure: a small one, those of stories15M, of stories42M and of SmolLM-135M, all with tied embeddings. */
enum BenchShape {
    SHAPE_5M("5m", 32000, 128, 344, 6, 4, 4),
    SHAPE_15M("15m", 32000, 288, 768, 6, 6, 6),
    SHAPE_42M("42m", 32000, 512, 1376, 8, 8, 8),
    SHAPE_135M("135m", 49152, 576, 1536, 30, 9, 3);

    private final String label;
    private final int vocabulary;
    private final int hidden;
    private final int intermediate;
    private final int layers;
    private final int heads;
    private final int kvHeads;

    BenchShape(String label, int vocabulary, int hidden, int intermediate, int layers, int heads, int kvHeads) {
        this.label = label;
        this.vocabulary = vocabulary;
        this.hidden = hidden;
        this.intermediate = intermediate;
        this.layers = layers;
        this.heads = heads;
        this.kvHeads = kvHeads;
    }

    /** Its name on the command line: millions of parameters. */
    String label() {
        return label;
    }

    /** Number of parameters. */
    long parameters() {
        long attention = 2L * hidden * (hidden + hidden / heads * kvHeads);
        long mlp = 3L * hidden * intermediate;
        long norms = 2L * hidden;
        return (long) vocabulary * hidden + layers * (attention + mlp + norms) + hidden;
    }

    /** The shape of that name. */
    static BenchShape named(CommandLine command, String name) {
        List<String> names = Arrays.stream(values()).map(shape -> shape.label).toList();
        Usage.checkName(command, "shape", name, names);
        return values()[names.indexOf(name)];
    }

    /** The shape with room for sequences of the given length. */
    DecoderConfig config(int contextLength) {
        return config(contextLength, vocabulary);
    }

    /** The shape with another vocabulary, and room for sequences of the given length. */
    DecoderConfig config(int contextLength, int vocabulary) {
        return DecoderConfig.llama(
                        vocabulary, hidden, intermediate, layers, AttentionConfig.of(heads, kvHeads, hidden / heads))
                .contextLength(contextLength)
                .build();
    }
}

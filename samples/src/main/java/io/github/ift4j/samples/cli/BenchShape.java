package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** Sizes of models to measure: those of stories15M and of SmolLM-135M, both with tied embeddings. */
enum BenchShape {
    SHAPE_15M("15m", 32000, 288, 768, 6, 6, 6),
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

    /** The shape of that name. */
    static BenchShape named(CommandLine command, String name) {
        List<String> names = Arrays.stream(values()).map(shape -> shape.label).toList();
        NotYetAvailable.check(command, "shape", name, names, List.of());
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

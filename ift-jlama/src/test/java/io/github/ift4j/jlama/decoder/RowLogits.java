package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWeightLoader;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.RmsNorm;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.VectorGemm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/** The training pass with its logits in full, which training itself never holds. */
final class RowLogits {
    private RowLogits() {}

    /** Logits after each computed position of a sequence whose embeddings are mixed with those of other tokens. */
    static float[][] of(Path model, Workers workers, Sequence sequence, int[] mixedIds, float lambda) {
        try (Arena arena = Arena.ofShared();
                VectorGemm gemm = new VectorGemm(workers);
                HuggingFaceDirectory files = HuggingFaceDirectory.open(model)) {
            DecoderConfig config = DecoderConfig.of(files.config(), "config.json");
            DecoderWeights weights = DecoderWeights.trainable(
                    config, (name, shape, to) -> new HuggingFaceWeightLoader(files, to).load(name, shape), arena);
            Compute compute = new Compute(workers, gemm);
            try (RotaryTable rotary = new RotaryTable(config);
                    TrainingPass pass = new TrainingPass(config, weights, compute, rotary)) {
                BatchLayout layout = BatchLayout.of(List.of(sequence));
                pass.prepare(layout);
                int[] mixed = layout.tokens().clone();
                for (int p = 0; p < layout.rows()[0].length; p++) {
                    mixed[layout.rows()[0][p]] = mixedIds[p];
                }
                Rows.gatherMixed(
                        workers, weights.embedding().value(), layout.tokens(), mixed, lambda, pass.embeddings(layout));
                pass.forward(layout);
                Matrix normed = Matrix.allocate(arena, layout.totalRows(), config.hiddenSize());
                Matrix inverse = Matrix.allocate(arena, layout.totalRows(), 1);
                Matrix logits = Matrix.allocate(arena, layout.totalRows(), config.vocabularySize());
                RmsNorm.forward(
                        workers, pass.output(layout), weights.norm().value(), 0, config.normEpsilon(), normed, inverse);
                weights.head().forward(compute, normed, logits, false);
                float[][] result = new float[layout.rows()[0].length][];
                for (int p = 0; p < result.length; p++) {
                    result[p] = logits.row(layout.rows()[0][p]);
                }
                return result;
            }
        }
    }
}

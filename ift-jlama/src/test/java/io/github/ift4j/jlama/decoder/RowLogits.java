package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.VectorGemm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The training pass with its logits in full, which training itself never holds. */
final class RowLogits {
    private RowLogits() {}

    /** Logits after each computed position of a sequence whose embeddings are mixed with those of other tokens. */
    static float[][] of(Path model, Workers workers, Sequence sequence, int[] mixedIds, float lambda) {
        return of(model, Optional.empty(), workers, sequence, mixedIds, lambda);
    }

    /** The same with an adapter that belongs to the layers, as in training. */
    static float[][] of(
            Path model, Optional<Path> adapter, Workers workers, Sequence sequence, int[] mixedIds, float lambda) {
        try (Arena arena = Arena.ofShared();
                VectorGemm gemm = new VectorGemm(workers);
                HuggingFaceDirectory files = HuggingFaceDirectory.open(model)) {
            DecoderConfig config = DecoderConfig.of(files.config(), "config.json");
            DecoderWeights weights = DecoderWeightsBuilder.frozen(
                    config,
                    new CheckpointSource(files),
                    arena,
                    adapter.<AdapterSource>map(folder ->
                                    LowRankAdapters.loaded(PeftAdapter.read(folder, arena), arena, workers, gemm))
                            .orElse(AdapterSource.NONE));
            try (Scratch scratch = new Scratch()) {
                Compute compute = Compute.on(workers, gemm, scratch);
                return of(config, weights, compute, sequence, mixedIds, lambda);
            }
        }
    }

    private static float[][] of(
            DecoderConfig config,
            DecoderWeights weights,
            Compute compute,
            Sequence sequence,
            int[] mixedIds,
            float lambda) {
        try (TrainingPass pass = new TrainingPass(config, weights, compute, false);
                OutputHead head = new OutputHead(config, weights, compute, Long.MAX_VALUE)) {
            BatchLayout layout = BatchLayout.of(List.of(predictingEverywhere(sequence)));
            pass.prepare(layout, OptionalLong.empty());
            int[] mixed = layout.tokens().clone();
            for (int p = 0; p < layout.rows()[0].length; p++) {
                mixed[layout.rows()[0][p]] = mixedIds[p];
            }
            Matrix embeddings = pass.embeddings(layout);
            Embeddings.fill(compute, config, weights, layout.tokens(), mixed, lambda, layout.positions(), embeddings);
            pass.forward(layout);
            Matrix logits = head.logits(pass.output(layout), layout.rows()[0]);
            float[][] result = new float[logits.rows()][];
            for (int p = 0; p < result.length; p++) {
                result[p] = logits.row(p);
            }
            return result;
        }
    }

    /** The same up to its last label, with a label at each position, so that no row is left out. */
    private static Sequence predictingEverywhere(Sequence sequence) {
        int[] ids = Arrays.copyOf(sequence.inputIds(), sequence.lastLabel() + 1);
        return new Sequence(ids, ids);
    }
}

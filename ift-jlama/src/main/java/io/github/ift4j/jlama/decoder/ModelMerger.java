package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Writes an adapter and its base as one model, and checks that it computes the same.
 *
 * @param type format of the merged weights, F32 or BF16
 * @param dequantise whether the weights of a quantised base may be written in that format; without it such a base is refused,
 *     because rounding the merged weights to a few bits again would undo a part of what the adapter has learned
 * @param workers threads to compute on
 */
public record ModelMerger(ElementType type, boolean dequantise, Workers workers) {
    /** Tokens whose logits are compared. */
    private static final int TOKENS = 16;
    /** What rounding in float32 may change, relative to the largest logit. */
    private static final double FLOAT32 = 1e-4;
    /** What rounding weights to eight significant bits may change. */
    private static final double BFLOAT16 = 0.1;

    /**
     * What came of it.
     *
     * @param layers number of layers that changed
     * @param difference largest difference between the logits of base with adapter and of the merged model, relative to the largest
     *     logit
     */
    public record Result(int layers, double difference) {}

    /**
     * @param base folder of the model
     * @param adapter folder of its PEFT adapter
     * @param out folder for the merged model
     * @throws CheckpointException when one of them cannot be used, the base is quantised and must not be written otherwise, or the
     *     merged model does not compute the same
     */
    public Result merge(Path base, Path adapter, Path out) {
        int layers = write(base, adapter, out);
        try (Decoder adapted = Decoder.load(base, Optional.of(adapter), workers);
                Decoder merged = Decoder.load(out, workers)) {
            double difference = difference(adapted, merged);
            double allowed = type == ElementType.F32 ? FLOAT32 : BFLOAT16;
            if (!(difference <= allowed)) {
                throw new CheckpointException(out + ": the merged model's logits differ by " + difference
                        + " of the largest, more than rounding explains; do not use it");
            }
            return new Result(layers, difference);
        }
    }

    private int write(Path base, Path adapter, Path out) {
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory files = HuggingFaceDirectory.open(base)) {
            if (files.isQuantised() && !dequantise) {
                throw new CheckpointException(base + ": its weights are quantised as "
                        + files.quantisation().orElseThrow()
                        + "; ask for dequantising (--dequantize) or merge into the model that it was made from");
            }
            HuggingFaceWriter writer = HuggingFaceWriter.basedOn(files).elementType(type);
            files.checkIsNot(out);
            writer.checkTarget(out);
            PeftAdapter read = PeftAdapter.read(adapter, arena);
            List<Float32Tensor> weights = new ArrayList<>(new AdapterMerger(files, arena).merge(read, workers));
            List<String> merged = weights.stream().map(Float32Tensor::name).toList();
            for (String name : files.tensorNames()) {
                if (files.isQuantised() && !merged.contains(name)) {
                    List<Integer> shape = files.tensor(name).shape();
                    weights.add(new Float32Tensor(name, shape, files.readFloat32(name, shape, arena)));
                }
            }
            writer.write(out, weights);
            return read.modules().size();
        }
    }

    private static double difference(Decoder adapted, Decoder merged) {
        int vocabulary = adapted.vocabularySize();
        int[] tokens = new Random(1)
                .ints(Math.min(TOKENS, adapted.contextLength()), 0, vocabulary)
                .toArray();
        float[] expected = new float[vocabulary];
        float[] actual = new float[vocabulary];
        double difference = 0;
        double largest = 0;
        try (TokenModel.Context one = adapted.newContext();
                TokenModel.Context other = merged.newContext()) {
            for (int token : tokens) {
                one.append(new int[] {token}, expected);
                other.append(new int[] {token}, actual);
                for (int i = 0; i < vocabulary; i++) {
                    difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
                    largest = Math.max(largest, Math.abs(expected[i]));
                }
            }
        }
        return difference / largest;
    }
}

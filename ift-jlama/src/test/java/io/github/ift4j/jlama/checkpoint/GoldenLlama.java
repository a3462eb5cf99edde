package io.github.ift4j.jlama.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** A tiny random Llama and what PyTorch computes with it, from the test resources. */
final class GoldenLlama {
    private static final Path ROOT = Path.of("src/test/resources/golden/llama");
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private GoldenLlama() {}

    /** The model's folder. */
    static Path model() {
        return ROOT.resolve("model");
    }

    /** The tokens of the batch's first sequence, without its padding. */
    static int[] tokens() {
        try (SafetensorsFile batch = SafetensorsFile.open(ROOT.resolve("batch.safetensors"))) {
            int length = batch.tensors().get("input_ids").shape().getLast();
            MemorySegment ids = batch.tensors().get("input_ids").segment();
            MemorySegment mask = batch.tensors().get("attention_mask").segment();
            int count = 0;
            while (count < length && mask.get(LONG, count * 8L) == 1) {
                count++;
            }
            int[] tokens = new int[count];
            for (int t = 0; t < count; t++) {
                tokens[t] = (int) ids.get(LONG, t * 8L);
            }
            return tokens;
        }
    }

    /** The logits of the same tokens, [tokens][vocabulary]. */
    static float[][] logits() {
        try (SafetensorsFile forward = SafetensorsFile.open(ROOT.resolve("forward.safetensors"))) {
            TensorEntry tensor = forward.tensors().get("first_logits");
            int vocabulary = tensor.shape().getLast();
            float[][] logits = new float[tokens().length][vocabulary];
            for (int t = 0; t < logits.length; t++) {
                MemorySegment.copy(tensor.segment(), FLOAT, (long) t * vocabulary * 4, logits[t], 0, vocabulary);
            }
            return logits;
        }
    }
}

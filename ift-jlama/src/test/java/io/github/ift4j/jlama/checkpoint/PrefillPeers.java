package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How fast a prompt is read here and by stock Jlama, in float32, with the same weights, in alternating rounds: the shape
 * of SmolLM-135M, 512 tokens. Run {@link #main} by hand, with the tests' class path:
 *
 * <pre>
 * IFT_THREADS=2 java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *     -Djlama.force_panama_tensor_operations=true -cp … io.github.ift4j.jlama.checkpoint.PrefillPeers
 * </pre>
 *
 * The property makes Jlama compute in Java: its native operations give wrong results for these widths.
 */
final class PrefillPeers {
    private static final int TOKENS = 512;
    private static final int VOCABULARY = 49_152;
    private static final int HIDDEN = 576;
    private static final int INTERMEDIATE = 1536;
    private static final int LAYERS = 30;
    private static final int HEADS = 9;
    private static final int KV_HEADS = 3;
    private static final int ROUNDS = 5;
    private static final float WEIGHT_DEVIATION = 0.02f;

    private PrefillPeers() {}

    /** Logs medians in tokens a second, their ratio, and how far the last logits are apart. */
    public static void main(String[] arguments) {
        DecoderConfig config = DecoderConfig.llama(
                        VOCABULARY, HIDDEN, INTERMEDIATE, LAYERS, AttentionConfig.of(HEADS, KV_HEADS, HIDDEN / HEADS))
                .contextLength(2 * TOKENS)
                .build();
        int[] prompt = new SplittableRandom(1).ints(TOKENS, 0, VOCABULARY).toArray();
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy =
                        DecoderPolicy.initialise(config, new WeightInitialiser(1, WEIGHT_DEVIATION), workers);
                Decoder ours = Decoder.initialise(config, new WeightInitialiser(1, WEIGHT_DEVIATION), workers)) {
            List<Float32Tensor> tensors =
                    policy.parameters().stream().map(Float32Tensor::of).toList();
            try (StockJlama stock = StockJlama.over(json(config), tensors)) {
                compare(ours, stock, prompt, workers.size());
            }
        }
    }

    private static void compare(Decoder ours, StockJlama stock, int[] prompt, int threads) {
        double[] our = new double[ROUNDS];
        double[] their = new double[ROUNDS];
        float[] logits = new float[VOCABULARY];
        float[] stockLogits = {};
        for (int round = -1; round < ROUNDS; round++) {
            long start = System.nanoTime();
            try (TokenModel.Context context = ours.newContext()) {
                context.append(prompt, logits);
            }
            long middle = System.nanoTime();
            stockLogits = stock.prefill(prompt);
            if (round >= 0) {
                our[round] = TOKENS * 1e9 / (middle - start);
                their[round] = TOKENS * 1e9 / (System.nanoTime() - middle);
            }
        }
        Arrays.sort(our);
        Arrays.sort(their);
        System.getLogger(PrefillPeers.class.getName())
                .log(
                        System.Logger.Level.INFO,
                        String.format(
                                Locale.ROOT,
                                "%d threads, %d tokens: ours %.0f tokens/s, stock Jlama %.1f, ratio %.1f; logits"
                                        + " differ by %.1e",
                                threads,
                                TOKENS,
                                our[ROUNDS / 2],
                                their[ROUNDS / 2],
                                our[ROUNDS / 2] / their[ROUNDS / 2],
                                StockJlama.difference(new float[][] {logits}, new float[][] {stockLogits})));
    }

    private static JsonNode json(DecoderConfig config) {
        return new ObjectMapper()
                .createObjectNode()
                .put("model_type", "llama")
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", HIDDEN)
                .put("intermediate_size", INTERMEDIATE)
                .put("num_hidden_layers", LAYERS)
                .put("num_attention_heads", HEADS)
                .put("num_key_value_heads", KV_HEADS)
                .put("max_position_embeddings", config.contextLength())
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", 10_000.0)
                .put("hidden_act", "silu")
                .put("bos_token_id", 1)
                .put("eos_token_id", 2)
                .put("tie_word_embeddings", true);
    }
}

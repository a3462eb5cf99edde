package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.model.ModelSupport.ModelType;
import com.github.tjake.jlama.safetensors.Config;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.github.tjake.jlama.safetensors.tokenizer.Tokenizer;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import com.github.tjake.jlama.util.JsonSupport;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/**
 * A model of Jlama's own, unchanged, in float32: the witness that what is trained here is what Jlama computes with.
 *
 * <p>It works on token ids, because Jlama's tokenizer gives wrong ids outside ASCII, and token by token, because its batched
 * pass returns the last 256 positions only. Widths must be multiples of the vector width: Jlama's Panama operations are
 * wrong for others. One thread at a time: a model's layers share scratch memory. Scratch tensors come from Jlama's cache,
 * which keeps up to 100 million elements for the life of the JVM and hands a tensor out twice if it is closed twice; so each
 * is closed here exactly once.
 */
public final class StockJlama implements AutoCloseable {
    private final AbstractModel model;
    private final KvBufferCache cache;

    private StockJlama(AbstractModel model) {
        this.model = model;
        this.cache = new KvBufferCache(model);
    }

    /**
     * A model that computes with the given memory itself. What changes there afterwards changes its answers.
     *
     * @param config content of {@code config.json}
     * @param tensors all weights, in native memory that every thread may access
     */
    public static StockJlama over(JsonNode config, Collection<Float32Tensor> tensors) {
        ModelType type = ModelType.valueOf(config.path("model_type").asText().toUpperCase(Locale.ROOT));
        try {
            return new StockJlama(type.modelClass
                    .getConstructor(
                            Config.class, WeightLoader.class, Tokenizer.class, DType.class, DType.class, Optional.class)
                    .newInstance(
                            JsonSupport.om.convertValue(config, type.configClass),
                            new SegmentWeightLoader(tensors),
                            null,
                            DType.F32,
                            DType.F32,
                            Optional.empty()));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Jlama cannot build a " + type, e);
        }
    }

    /** The model of a folder, read by Jlama's own loader. */
    public static StockJlama loaded(Path folder) {
        VectorApi.require();
        return new StockJlama(ModelSupport.loadModel(folder.toFile(), DType.F32, DType.F32));
    }

    /** The logits after each of the tokens, [tokens][vocabulary]. */
    public float[][] logits(int... tokens) {
        try (KvBufferCache.KvBuffer context = cache.getEphemeralKvBuffer()) {
            float[][] logits = new float[tokens.length][];
            for (int t = 0; t < tokens.length; t++) {
                logits[t] = step(tokens[t], t, context);
            }
            return logits;
        }
    }

    /** The logits after the last of many tokens that are read in batches, as Jlama reads a prompt, [vocabulary]. */
    public float[] prefill(int[] tokens) {
        try (KvBufferCache.KvBuffer context = cache.getEphemeralKvBuffer();
                AbstractTensor<?, ?> hidden = model.batchForward(tokens, 0, context)) {
            int last = hidden.shape().first() - 1;
            return logits(hidden.slice(last));
        }
    }

    /** The largest difference between two models' logits. */
    public static double difference(float[][] some, float[][] others) {
        double largest = 0;
        for (int t = 0; t < some.length; t++) {
            for (int i = 0; i < some[t].length; i++) {
                largest = Math.max(largest, Math.abs((double) some[t][i] - others[t][i]));
            }
        }
        return largest;
    }

    /** The most probable continuation, one token after the other, whatever the tokens are. */
    public int[] greedy(int[] prompt, int count) {
        try (KvBufferCache.KvBuffer context = cache.getEphemeralKvBuffer()) {
            float[] logits = null;
            int position = 0;
            for (int token : prompt) {
                logits = step(token, position++, context);
            }
            int[] answer = new int[count];
            for (int i = 0; i < count; i++) {
                answer[i] = Greedy.argmax(logits);
                if (i + 1 < count) {
                    logits = step(answer[i], position++, context);
                }
            }
            return answer;
        }
    }

    private float[] step(int token, int position, KvBufferCache.KvBuffer context) {
        try (AbstractTensor<?, ?> hidden = model.forward(token, position, context, Optional.empty())) {
            return logits(hidden);
        }
    }

    private float[] logits(AbstractTensor<?, ?> hidden) {
        int vocabulary = model.getConfig().vocabularySize;
        try (AbstractTensor<?, ?> logits = model.makeDenseTensor(1, vocabulary)) {
            model.sample(hidden, 0f, 0f, logits);
            float[] row = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) {
                row[i] = logits.get(0, i);
            }
            return row;
        }
    }

    @Override
    public void close() {
        cache.close();
        model.close();
    }
}

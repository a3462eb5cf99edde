package io.github.ift4j.samples.tiny;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingListener;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import io.github.ift4j.jlama.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Teaches a {@link TinyModel} English about the world: each document is a sequence of its own, from BOS to its end, and every
 * token of it is learned.
 */
final class Pretraining {
    private static final int BATCH = 24;
    private static final double LEARNING_RATE = 3e-3;
    private static final double WARMUP = 0.05;
    private static final double MAX_GRADIENT_NORM = 1;
    /** A shorter memory of squared gradients than usual suits a short training. */
    private static final AdamWConfig OPTIMIZER = new AdamWConfig(0.9, 0.95, 1e-8, 0.01);

    private Pretraining() {}

    /**
     * Trains on each document once.
     *
     * @param seed of the first weights and of the order of the documents
     * @return the trained model, which the caller closes
     */
    static DecoderPolicy run(
            List<String> documents, Tokenizer tokenizer, long seed, Workers workers, TrainingListener listener) {
        DecoderPolicy policy = DecoderPolicy.initialise(
                DecoderConfig.of(TinyModel.config(), "the tiny model's configuration"),
                new WeightInitialiser(seed, (float) TinyModel.INITIAL_DEVIATION),
                workers);
        try {
            TrainingConfig config = TrainingConfig.builder()
                    .epochs(1)
                    .batchSize(BATCH)
                    .learningRate(LEARNING_RATE)
                    .schedule(LearningRateSchedule.COSINE)
                    .warmupRatio(WARMUP)
                    .maxGradientNorm(MAX_GRADIENT_NORM)
                    .seed(seed)
                    .build();
            Trainer.builder()
                    .policy(policy)
                    .objective(new SupervisedFineTuning())
                    .optimizer(OPTIMIZER)
                    .data(encode(documents, tokenizer))
                    .config(config)
                    .workers(workers)
                    .listener(listener)
                    .build()
                    .train();
            return policy;
        } catch (RuntimeException | Error e) {
            policy.close();
            throw e;
        }
    }

    private static Dataset encode(List<String> documents, Tokenizer tokenizer) {
        List<Example> examples = new ArrayList<>();
        for (String document : documents) {
            int[] text = tokenizer.encode(document, true);
            int[] tokens = Arrays.copyOf(text, Math.min(text.length + 1, TinyModel.CONTEXT));
            tokens[tokens.length - 1] = SpecialToken.END.id();
            examples.add(Example.of(new Sequence(tokens, tokens), "document " + (examples.size() + 1)));
        }
        return Dataset.of(examples);
    }
}

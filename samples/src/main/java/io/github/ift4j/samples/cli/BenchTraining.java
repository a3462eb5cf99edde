package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingListener;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.kernel.GemmChoice;
import io.github.ift4j.jlama.kernel.MultiplyAddPeak;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How long a training step takes: scores, gradients and RMSprop, on random tokens.
 *
 * @param batch sequences of a step
 * @param length tokens of a sequence
 * @param promptTokens how many of them are not learned
 */
record BenchTraining(int batch, int length, int promptTokens) {
    private static final double LEARNING_RATE = 5e-7;
    private static final long SEED = 0;

    /** Trains for so many steps and reports how fast that was. */
    Map<String, Object> report(Objective objective, DecoderPolicy policy, Workers workers, int steps) {
        double seconds = train(objective, policy, workers, steps).median(Double::doubleValue);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("batch", batch);
        report.put("length", length);
        report.put("prompt_tokens", promptTokens);
        report.put("threads", workers.size());
        report.put("seconds_per_step", seconds);
        report.put("tokens_per_second", batch * length / seconds);
        if (policy.adapter().isEmpty()) {
            double operations = batch
                    * new StepCost(policy.config())
                            .operations(
                                    length, promptTokens, objective.residual().isPresent());
            double rate = operations / seconds;
            report.put("gflops", rate * 1e-9);
            if (policy.options().gemm() == GemmChoice.VECTOR) {
                double peak = MultiplyAddPeak.measure(workers);
                report.put("peak_gflops", peak * 1e-9);
                report.put("share_of_peak", rate / peak);
            }
        }
        return report;
    }

    /** Seconds of each step. */
    private BenchRuns<Double> train(Objective objective, DecoderPolicy policy, Workers workers, int steps) {
        List<Double> seconds = new ArrayList<>();
        Trainer.builder()
                .policy(policy)
                .workers(workers)
                .objective(objective)
                .optimizer(OptimizerConfig.RmsPropConfig.withDefaults())
                .data(randomData(policy.config().vocabularySize()))
                .config(TrainingConfig.builder()
                        .batchSize(batch)
                        .maxSteps(steps)
                        .shuffle(false)
                        .learningRate(LEARNING_RATE)
                        .schedule(LearningRateSchedule.CONSTANT)
                        .build())
                .listener(new TrainingListener() {
                    @Override
                    public void onStep(StepMetrics step) {
                        seconds.add(step.seconds());
                    }
                })
                .build()
                .train();
        return new BenchRuns<>(seconds);
    }

    private Dataset randomData(int vocabulary) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            int[] ids = new int[length];
            int[] labels = new int[length];
            for (int t = 0; t < length; t++) {
                ids[t] = random.nextInt(vocabulary);
                labels[t] = t < promptTokens ? Sequence.IGNORE : ids[t];
            }
            examples.add(Example.of(new Sequence(ids, labels), "random:" + (i + 1)));
        }
        return Dataset.of(examples);
    }
}

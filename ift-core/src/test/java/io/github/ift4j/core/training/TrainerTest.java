package io.github.ift4j.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.RelationPropagation;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.objective.TemporalResidual;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.BigramPolicy;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainerTest {
    private final Workers workers = new Workers(2);
    private final BigramPolicy policy = Trainings.policy();
    private final Trainings.Recorder recorder = new Trainings.Recorder();

    @AfterEach
    void close() {
        policy.close();
        workers.close();
    }

    @Test
    void learns() {
        trainer(config().learningRate(0.05).epochs(10)).build().train();

        List<Double> losses = recorder.losses();
        assertThat(losses.getLast()).isLessThan(0.6 * losses.getFirst());
        assertThat(recorder.steps.getLast().metrics().get("accuracy"))
                .isGreaterThan(recorder.steps.getFirst().metrics().get("accuracy"));
    }

    @Test
    void learningRateZeroLearnsNothing() {
        List<Integer> before = Trainings.bits(policy);

        trainer(config().learningRate(0)).build().train();

        assertThat(Trainings.bits(policy)).isEqualTo(before);
    }

    @Test
    void accumulatingEightTimesOneEqualsOnceEight() {
        trainer(config().batchSize(8).gradientAccumulation(1)).build().train();
        try (BigramPolicy other = Trainings.policy()) {
            trainer(config().batchSize(1).gradientAccumulation(8))
                    .policy(other)
                    .build()
                    .train();

            assertThat(Trainings.bits(other)).isEqualTo(Trainings.bits(policy));
            assertThat(recorder.losses().subList(9, 18))
                    .isEqualTo(recorder.losses().subList(0, 9));
        }
    }

    @Test
    void anUnevenLastMicroBatchWeighsByItsExamples() {
        // 20 examples in steps of 9: 9, 9 and 2; micro-batches of 9 or 3, the last of them smaller.
        trainer(config().batchSize(9)).build().train();
        try (BigramPolicy other = Trainings.policy()) {
            trainer(config().batchSize(3).gradientAccumulation(3))
                    .policy(other)
                    .build()
                    .train();

            assertThat(Trainings.bits(other)).isEqualTo(Trainings.bits(policy));
        }
        assertThat(recorder.steps.stream().map(StepMetrics::examples).limit(6)).containsExactly(9, 9, 2, 9, 9, 2);
    }

    @Test
    void theOrderWithinABatchChangesRoundingOnly() {
        List<Example> examples = new ArrayList<>(Trainings.dataset(8).examples());
        TrainingConfig.Builder config = config().batchSize(8).shuffle(false).maxSteps(5);
        // Plain SGD: RMSprop would blow up rounding noise where a gradient is almost zero.
        trainer(config)
                .optimizer(SgdConfig.withDefaults())
                .data(Dataset.of(examples))
                .build()
                .train();
        Collections.reverse(examples);
        try (BigramPolicy other = Trainings.policy()) {
            trainer(config)
                    .optimizer(SgdConfig.withDefaults())
                    .policy(other)
                    .data(Dataset.of(examples))
                    .build()
                    .train();

            List<float[]> expected = Trainings.weights(policy);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(Trainings.weights(other).get(i)).containsExactly(expected.get(i), within(1e-6f));
            }
        }
    }

    @Test
    void intuitiveFineTuningWithoutLambdaAndGammaIsSftWithAConstantEmbedding() {
        List<float[]> before = Trainings.weights(policy);
        trainer(config()).objective(IntuitiveFineTuning.of(0, 0)).build().train();
        List<float[]> ift = Trainings.weights(policy);

        assertThat(ift.getFirst()).containsExactly(before.getFirst());
        assertThat(ift.getLast()).isNotEqualTo(before.getLast());
        assertThat(recorder.steps).allMatch(step -> step.lambda().equals(OptionalDouble.of(0)));
        try (BigramPolicy other = Trainings.policy()) {
            // Only the first step has the same embedding in both, so that is where the heads must agree.
            trainer(config().maxSteps(1))
                    .objective(new SupervisedFineTuning())
                    .policy(other)
                    .build()
                    .train();
            List<float[]> sft = Trainings.weights(other);
            try (BigramPolicy third = Trainings.policy()) {
                trainer(config().maxSteps(1))
                        .objective(IntuitiveFineTuning.of(0, 0))
                        .policy(third)
                        .build()
                        .train();

                assertThat(Trainings.weights(third).getLast()).containsExactly(sft.getLast());
            }
        }
    }

    @Test
    void lambdaChangesTheOutcome() {
        trainer(config()).objective(IntuitiveFineTuning.of(0, 0.95)).build().train();
        try (BigramPolicy other = Trainings.policy()) {
            trainer(config())
                    .objective(IntuitiveFineTuning.of(0.3, 0.95))
                    .policy(other)
                    .build()
                    .train();

            assertThat(Trainings.weights(other).getLast())
                    .isNotEqualTo(Trainings.weights(policy).getLast());
        }
    }

    @Test
    void noisyLambdaIsDrawnOnceAStep() {
        trainer(config().batchSize(2).gradientAccumulation(4))
                .objective(new IntuitiveFineTuning(
                        new TemporalResidual(0.2, 0, TemporalResidual.Schedule.CONSTANT, 0.5),
                        RelationPropagation.DEFAULT))
                .build()
                .train();

        List<Double> lambdas =
                recorder.steps.stream().map(step -> step.lambda().orElseThrow()).toList();
        assertThat(lambdas).doesNotHaveDuplicates().allMatch(lambda -> lambda >= 0 && lambda <= 1);
    }

    @Test
    void gradientsAreThoseOfTheMeanLoss() {
        // One SGD step of rate 1 leaves old - new = gradient.
        List<float[]> before = Trainings.weights(policy);
        trainer(config().batchSize(8)
                        .shuffle(false)
                        .maxSteps(1)
                        .learningRate(1)
                        .maxGradientNorm(Double.POSITIVE_INFINITY))
                .optimizer(SgdConfig.withDefaults())
                .objective(new SupervisedFineTuning())
                .build()
                .train();
        List<float[]> after = Trainings.weights(policy);

        double h = 1e-2;
        for (int p = 0; p < 2; p++) {
            for (int i = 0; i < before.get(p).length; i += 7) {
                double numeric = (lossWith(p, i, before, h) - lossWith(p, i, before, -h)) / (2 * h);
                // Truncation is h² / 6 of the third derivative, rounding one ulp of a weight near one.
                assertThat((double) before.get(p)[i] - after.get(p)[i]).isCloseTo(numeric, within(1e-5));
            }
        }
    }

    private double lossWith(int parameter, int index, List<float[]> weights, double change) {
        try (BigramPolicy moved = Trainings.policy()) {
            Parameter target = moved.parameters().get(parameter);
            target.value().setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) (weights.get(parameter)[index] + change));
            Trainings.Recorder lost = new Trainings.Recorder();
            trainer(config().batchSize(8).shuffle(false).maxSteps(1).learningRate(0))
                    .objective(new SupervisedFineTuning())
                    .policy(moved)
                    .listener(lost)
                    .build()
                    .train();
            return lost.losses().getFirst();
        }
    }

    @Test
    void gradientsAreClippedAndTheNormBeforeIsReported() {
        List<float[]> before = Trainings.weights(policy);
        trainer(config().maxSteps(1).learningRate(1).maxGradientNorm(1e-3))
                .optimizer(SgdConfig.withDefaults())
                .build()
                .train();
        List<float[]> after = Trainings.weights(policy);

        double moved = 0;
        for (int p = 0; p < 2; p++) {
            for (int i = 0; i < before.get(p).length; i++) {
                moved += Math.pow(before.get(p)[i] - after.get(p)[i], 2);
            }
        }
        assertThat(recorder.steps.getFirst().gradientNorm()).isGreaterThan(0.05);
        assertThat(Math.sqrt(moved)).isCloseTo(1e-3, within(1e-5));
    }

    @Test
    void learningRateAndEpochFollowTheSchedule() {
        trainer(config().epochs(2).batchSize(10).learningRate(2).warmupSteps(2).schedule(LearningRateSchedule.LINEAR))
                .optimizer(AdamWConfig.withDefaults())
                .build()
                .train();

        assertThat(recorder.steps).extracting(StepMetrics::learningRate).containsExactly(0.0, 1.0, 2.0, 1.0);
        assertThat(recorder.steps).extracting(StepMetrics::epoch).containsExactly(0.5, 1.0, 1.5, 2.0);
        assertThat(recorder.steps).extracting(StepMetrics::step).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void tokensAreCountedOnce() {
        Dataset data = Trainings.dataset(20);
        trainer(config().epochs(1)).data(data).build().train();

        assertThat(recorder.steps.stream().mapToLong(StepMetrics::tokens).sum())
                .isEqualTo(data.report().tokens());
        assertThat(recorder.steps.stream()
                        .mapToLong(StepMetrics::labelledTokens)
                        .sum())
                .isEqualTo(data.report().labelledTokens());
    }

    @Test
    void aLossThatIsNotANumberIsRefusedWithItsExample() {
        policy.parameters().getLast().value().setAtIndex(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
        List<Integer> before = Trainings.bits(policy);

        assertThatThrownBy(() -> trainer(config().shuffle(false)).build().train())
                .isInstanceOf(TrainingException.class)
                .hasMessage(
                        "step 1: the loss of toy:1 is NaN, the step was not made; lower the learning rate or check the "
                                + "example and the weights");
        assertThat(Trainings.bits(policy)).isEqualTo(before);
        assertThat(policy.parameters()).noneMatch(Parameter::hasGradient);
    }

    @Test
    void aGradientThatIsNotANumberIsRefused() {
        List<Integer> before = Trainings.bits(policy);
        Objective broken = scores -> new Objective.Evaluation(
                1,
                scores.stream()
                        .map(score -> new SequenceGradient(infinite(score)))
                        .toList());

        assertThatThrownBy(() -> trainer(config()).objective(broken).build().train())
                .isInstanceOf(TrainingException.class)
                .hasMessageStartingWith("step 1: the gradient norm is ");
        assertThat(Trainings.bits(policy)).isEqualTo(before);
    }

    private static double[] infinite(SequenceScore score) {
        double[] gradient = new double[score.logps().length];
        gradient[score.sequence().lastLabel()] = Double.POSITIVE_INFINITY;
        return gradient;
    }

    @Test
    void objectivesThatCoupleABatchGetItWhole() {
        List<Integer> groups = new ArrayList<>();
        Objective coupled = new Objective() {
            @Override
            public Coupling coupling() {
                return Coupling.BATCH;
            }

            @Override
            public Evaluation evaluate(List<SequenceScore> scores) {
                groups.add(scores.size());
                return new SupervisedFineTuning().evaluate(scores);
            }
        };
        trainer(config().batchSize(3).gradientAccumulation(2).epochs(1))
                .objective(coupled)
                .build()
                .train();

        assertThat(groups).containsExactly(3, 3, 3, 3, 3, 3, 2);
    }

    @Test
    void examplesThatDoNotFitTheMethodAreRefused() {
        Sequence sequence = new Sequence(new int[] {1, 2}, new int[] {-100, 2});
        Dataset pairs = Dataset.of(List.of(new Example(List.of(sequence, sequence), "pairs:1")));

        assertThatThrownBy(() -> trainer(config()).data(pairs).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pairs:1: the method needs 1 sequences an example, there are 2");
    }

    @Test
    void evaluatesWhenItIsDueAndAtTheEnd() {
        List<Long> steps = new ArrayList<>();
        TrainingResult result = trainer(config().maxSteps(5).evalEvery(2))
                .evaluationData(Trainings.dataset(6))
                .listener(new TrainingListener() {
                    @Override
                    public void onEvaluation(long step, io.github.ift4j.core.evaluation.EvaluationResult evaluation) {
                        steps.add(step);
                    }
                })
                .build()
                .train();

        assertThat(steps).containsExactly(2L, 4L, 5L);
        assertThat(result.evaluation()).isPresent();
        assertThat(result.lastStep().orElseThrow().step()).isEqualTo(5);
    }

    @Test
    void savingWithoutAFolderIsRefused() {
        assertThatThrownBy(() -> trainer(config().saveEvery(1)).build())
                .hasMessage("saving and resuming need a folder for the checkpoints");
    }

    private Trainer.Builder trainer(TrainingConfig.Builder config) {
        return Trainer.builder()
                .policy(policy)
                .objective(IntuitiveFineTuning.withDefaults())
                .data(Trainings.dataset(20))
                .config(config.build())
                .workers(workers)
                .listener(recorder);
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().batchSize(8).epochs(3).learningRate(1e-2);
    }
}

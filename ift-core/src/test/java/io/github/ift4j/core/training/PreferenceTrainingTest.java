package io.github.ift4j.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.ExampleKind;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.DirectPreferenceOptimization;
import io.github.ift4j.core.objective.IdentityPreferenceOptimization;
import io.github.ift4j.core.objective.KahnemanTverskyOptimization;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.OddsRatioPreferenceOptimization;
import io.github.ift4j.core.objective.SimplePreferenceOptimization;
import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.BigramPolicy;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Trainings by methods that compare answers. */
class PreferenceTrainingTest {
    private static final int EXAMPLES = 8;

    @TempDir
    Path folder;

    private final Workers workers = new Workers(2);
    private final Trainings.Recorder recorder = new Trainings.Recorder();

    @AfterEach
    void close() {
        workers.close();
    }

    static List<Objective> methods() {
        return List.of(
                DirectPreferenceOptimization.of(0.3),
                new IdentityPreferenceOptimization(0.5),
                new OddsRatioPreferenceOptimization(0.25),
                new SimplePreferenceOptimization(2, 1.6),
                KahnemanTverskyOptimization.of(0.3));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void lossFallsAndTheChosenAnswersPullAhead(Objective method) {
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, method, 8, 1, 30).listener(recorder).build().train();
        }

        Map<String, Double> first = recorder.steps.getFirst().metrics();
        Map<String, Double> last = recorder.steps.getLast().metrics();
        assertThat(recorder.losses().getLast()).isLessThan(recorder.losses().getFirst());
        assertThat(last.get("rewards/margins")).isGreaterThan(first.get("rewards/margins"));
        assertThat(last)
                .containsKeys(
                        "rewards/chosen", "rewards/rejected", "rewards/margins", "logps/chosen", "logps/rejected");
        assertThat(last.containsKey("log_odds_ratio")).isEqualTo(method instanceof OddsRatioPreferenceOptimization);
        assertThat(last.containsKey("kl")).isEqualTo(method instanceof KahnemanTverskyOptimization);
        assertThat(last.containsKey("rewards/accuracies")).isNotEqualTo(method instanceof KahnemanTverskyOptimization);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void methodsThatNeedAReferenceBeginAtIt(Objective method) {
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, method, 8, 1, 1).listener(recorder).build().train();
        }

        boolean compared = method.reference() == Objective.Reference.LABEL_LOGPS;
        assertThat(recorder.steps.getFirst().metrics().get("rewards/chosen") == 0)
                .isEqualTo(compared);
        assertThat(recorder.steps.getFirst().metrics().get("rewards/rejected") == 0)
                .isEqualTo(compared);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void microBatchesChangeNothingUnlessTheMethodCouplesThem(Objective method) {
        List<Double> losses = new ArrayList<>();
        List<List<float[]>> weights = new ArrayList<>();
        for (int[] division : new int[][] {{8, 1}, {1, 8}}) {
            try (BigramPolicy policy = Trainings.policy()) {
                Trainings.Recorder steps = new Trainings.Recorder();
                trainer(policy, method, division[0], division[1], 3)
                        .listener(steps)
                        .build()
                        .train();
                losses.add(steps.losses().getLast());
                weights.add(Trainings.weights(policy));
            }
        }

        if (method.coupling() == Objective.Coupling.EXAMPLE) {
            assertThat(losses.get(1)).isCloseTo(losses.get(0), within(1e-6));
            for (int p = 0; p < weights.get(0).size(); p++) {
                assertThat(weights.get(1).get(p)).containsExactly(weights.get(0).get(p), within(1e-5f));
            }
        } else {
            assertThat(losses.get(1)).isNotCloseTo(losses.get(0), within(1e-9));
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aResumedTrainingEndsWithTheSameBits(Objective method) {
        List<Integer> expected;
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, method, 4, 1, 6).build().train();
            expected = Trainings.bits(policy);
        }
        try (BigramPolicy policy = Trainings.policy()) {
            Trainer killed = trainer(policy, method, 4, 1, 6)
                    .checkpoints(folder)
                    .config(config(4, 1, 6, 2))
                    .listener(new TrainingListener() {
                        @Override
                        public void onStep(StepMetrics metrics) {
                            if (metrics.step() == 5) {
                                throw new IllegalStateException("killed");
                            }
                        }
                    })
                    .build();
            assertThatThrownBy(killed::train).hasMessage("killed");
        }
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, method, 4, 1, 6)
                    .checkpoints(folder)
                    .config(config(4, 1, 6, 2))
                    .resume(true)
                    .build()
                    .train();
            assertThat(Trainings.bits(policy)).isEqualTo(expected);
        }
    }

    @Test
    void theReferenceIsComputedOnceAndKept() throws IOException {
        Path cache = folder.resolve("reference.bin");
        List<Integer> expected = trained(cache, 0.3, "m", Trainings.pairs(EXAMPLES, false));
        assertThat(recorder.notices).singleElement().asString().contains("of 8 examples were computed");
        byte[] written = Files.readAllBytes(cache);
        recorder.notices.clear();

        assertThat(trained(cache, 0.3, "m", Trainings.pairs(EXAMPLES, false))).isEqualTo(expected);
        assertThat(recorder.notices).containsExactly("the reference's log-probabilities are those of " + cache);
        assertThat(Files.readAllBytes(cache)).isEqualTo(written);
    }

    @Test
    void aReferenceOfAnotherModelOrDataIsNotUsed() throws IOException {
        Path cache = folder.resolve("reference.bin");
        Dataset data = Trainings.pairs(EXAMPLES, false);
        Dataset other = Trainings.pairs(EXAMPLES - 1, false);
        List<Integer> alone = trained(folder.resolve("own.bin"), 0.3, "m", other);
        trained(cache, 0.3, "m", data);
        recorder.notices.clear();

        assertThat(trained(cache, 0.3, "m", other)).isEqualTo(alone);
        trained(cache, 0.3, "another base", other);
        try (BigramPolicy moved = new BigramPolicy(Trainings.VOCABULARY, 5, 18)) {
            trainer(moved, DirectPreferenceOptimization.of(0.3), 8, 1, 1)
                    .data(other)
                    .identity("base", "another base")
                    .referenceCache(cache)
                    .listener(recorder)
                    .build()
                    .train();
        }
        Files.write(cache, new byte[] {1, 2, 3});
        trained(cache, 0.3, "m", other);
        byte[] damaged = Files.readAllBytes(cache);
        damaged[damaged.length - 1] ^= 1;
        Files.write(cache, damaged);
        trained(cache, 0.3, "m", other);

        assertThat(recorder.notices.stream().filter(notice -> notice.startsWith(cache.toString())))
                .containsExactly(
                        cache + ": not used, it was made of other data; the reference is computed again",
                        cache + ": not used, it was made with another model; the reference is computed again",
                        cache + ": not used, it was made with another model; the reference is computed again",
                        cache
                                + ": not used, it holds no log-probabilities of a reference; the reference is computed"
                                + " again",
                        cache + ": not used, it is damaged; the reference is computed again");
    }

    /** As with an adapter, whose base is not among the parameters. */
    @Test
    void aReferenceOfAnotherFrozenPartIsNotUsed() {
        Path cache = folder.resolve("reference.bin");
        Dataset data = Trainings.pairs(EXAMPLES, false);
        trained(cache, 0.3, "m", data);
        recorder.notices.clear();

        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, DirectPreferenceOptimization.of(0.3), 8, 1, 1)
                    .policy(new ShiftedPolicy(policy))
                    .data(data)
                    .identity("base", "m")
                    .referenceCache(cache)
                    .listener(recorder)
                    .build()
                    .train();
        }

        assertThat(recorder.notices)
                .contains(cache + ": not used, it was made with another model; the reference is computed again");
    }

    /** Says of every token that it is a little less probable, for a reason that no parameter shows. */
    private record ShiftedPolicy(Policy policy) implements Policy {
        @Override
        public List<Parameter> parameters() {
            return policy.parameters();
        }

        @Override
        public List<SequenceScore> score(List<Sequence> sequences, OptionalLambda lambda) {
            return policy.score(sequences, lambda).stream()
                    .map(score -> new SequenceScore(
                            score.sequence(),
                            Arrays.stream(score.logps()).map(logp -> logp - 0.1).toArray(),
                            score.greedy()))
                    .toList();
        }

        @Override
        public void accumulate(List<List<Sequence>> groups, OptionalLambda lambda, GradientSource source) {
            policy.accumulate(groups, lambda, source);
        }

        @Override
        public void close() {}
    }

    /** The policy's answers to the data, wherever a cache says otherwise: the bits above would differ. */
    @Test
    void aWrongReferenceWouldBeSeen() {
        Dataset data = Trainings.pairs(EXAMPLES, false);
        try (BigramPolicy own = Trainings.policy();
                BigramPolicy other = new BigramPolicy(Trainings.VOCABULARY, 5, 18)) {
            ReferenceLogps reference = ReferenceLogps.compute(own, data, 3);
            Sequence rejected = data.examples().get(2).sequences().get(1);

            assertThat(reference.of(2, 1))
                    .containsExactly(own.score(List.of(rejected), OptionalLambda.NONE)
                            .getFirst()
                            .logps());
            assertThat(reference.of(2, 1))
                    .isNotEqualTo(ReferenceLogps.compute(other, data, 3).of(2, 1));
        }
    }

    @Test
    void aPolicyThatCannotKeepAReferenceSaysSo() {
        try (BigramPolicy policy = Trainings.policy()) {
            Trainer trainer = trainer(policy, TokenDirectPreferenceOptimization.first(0.1), 8, 1, 1)
                    .build();

            assertThatThrownBy(trainer::train)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("cannot run beside a copy of itself");
        }
    }

    private List<Integer> trained(Path cache, double beta, String base, Dataset data) {
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, DirectPreferenceOptimization.of(beta), 8, 1, 3)
                    .data(data)
                    .identity("base", base)
                    .referenceCache(cache)
                    .listener(recorder)
                    .build()
                    .train();
            return Trainings.bits(policy);
        }
    }

    private Trainer.Builder trainer(BigramPolicy policy, Objective method, int batch, int accumulation, int steps) {
        return Trainer.builder()
                .policy(policy)
                .workers(workers)
                .objective(method)
                .optimizer(OptimizerConfig.AdamWConfig.withDefaults())
                .data(Trainings.pairs(EXAMPLES, method.examples() == ExampleKind.RATING))
                .config(config(batch, accumulation, steps, 0));
    }

    private static TrainingConfig config(int batch, int accumulation, int steps, int saveEvery) {
        return TrainingConfig.builder()
                .batchSize(batch)
                .gradientAccumulation(accumulation)
                .maxSteps(steps)
                .learningRate(0.01)
                .saveEvery(saveEvery)
                .build();
    }
}

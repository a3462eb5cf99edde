package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.kernel.GemmChoice;
import io.github.ift4j.jlama.kernel.OneDnnLibrary;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The policy with products in bfloat16, against PyTorch's numbers. Skipped where oneDNN has no such products. */
class OneDnnPolicyTest {
    private static final TrainingOptions OPTIONS = TrainingOptions.defaults().withGemm(GemmChoice.ONEDNN);
    private static final Objective IFT = IntuitiveFineTuning.of(0.2, 0.95);
    private static final Objective SFT = new SupervisedFineTuning();
    /**
     * Relative distance of all gradients. Each of some fifteen products in a row rounds its operands by up to 2^-9, three thousandths
     * for two of them together; these errors are independent and add up as a root, to 1.2e-2.
     */
    private static final double TOLERANCE = 2e-2;
    /** Two logits that are as near as one rounding of the largest to bfloat16 may change places. */
    private static final double TIE = 0x1p-8;

    private final Workers workers = new Workers(2);

    @BeforeAll
    static void needsTheLibrary() {
        OneDnnLibrary.assumeThere();
    }

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void gradientsOfSupervisedFineTuningAgree(String architecture) {
        Golden golden = new Golden(architecture);
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), OPTIONS, workers)) {
            GoldenPolicyTest.accumulate(policy, SFT, golden.batch());
            assertThat(distance(policy, golden, "sft")).isLessThanOrEqualTo(TOLERANCE);
        }
    }

    /** Where a greedy prediction is another one, so is the input of the second pass: then it must have been a tie. */
    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void gradientsOfIntuitiveFineTuningAgreeUnlessAPredictionWasATie(String architecture) {
        Golden golden = new Golden(architecture);
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), OPTIONS, workers)) {
            List<SequenceScore> scores = policy.score(golden.batch(), OptionalLambda.NONE);
            double margin = largestMarginOfAnotherPrediction(golden, scores);
            GoldenPolicyTest.accumulate(policy, IFT, golden.batch());
            if (margin == 0) {
                assertThat(distance(policy, golden, "ift")).isLessThanOrEqualTo(TOLERANCE);
            } else {
                assertThat(margin).isLessThanOrEqualTo(TIE);
            }
        }
    }

    @Test
    void theCheckSeesWeightsThatAreOffByAFewPercent() {
        Golden golden = new Golden("llama");
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), OPTIONS, workers)) {
            for (Parameter parameter : policy.parameters()) {
                for (long i = 0; i < parameter.size(); i++) {
                    parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, 1.03f * parameter.get(i));
                }
            }
            GoldenPolicyTest.accumulate(policy, SFT, golden.batch());
            assertThat(distance(policy, golden, "sft")).isGreaterThan(TOLERANCE);
        }
    }

    /** Float32 stays within 1e-5. */
    @Test
    void theProductsAreIndeedInBfloat16() {
        Golden golden = new Golden("llama");
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), OPTIONS, workers)) {
            GoldenPolicyTest.accumulate(policy, SFT, golden.batch());
            assertThat(policy.options().gemm()).isEqualTo(GemmChoice.ONEDNN);
            assertThat(distance(policy, golden, "sft")).isGreaterThan(1e-3);
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void aStepOfTheOptimiserIsSeen(String architecture) {
        Golden golden = new Golden(architecture);
        try (DecoderPolicy stepped = DecoderPolicy.load(golden.model(), OPTIONS, workers);
                DecoderPolicy fresh = DecoderPolicy.load(golden.model(), OPTIONS, workers);
                Optimizer optimizer =
                        OptimizerConfig.RmsPropConfig.withDefaults().create(stepped.parameters(), workers)) {
            GoldenPolicyTest.accumulate(stepped, IFT, golden.batch());
            optimizer.step(1e-2, 1);
            for (int i = 0; i < fresh.parameters().size(); i++) {
                fresh.parameters()
                        .get(i)
                        .value()
                        .copyFrom(stepped.parameters().get(i).value());
            }
            assertThat(logps(stepped, golden.batch())).isDeepEqualTo(logps(fresh, golden.batch()));
        }
    }

    @Test
    void theNumberOfThreadsDoesNotMatter() {
        Golden golden = new Golden("mixtral");
        try (Workers one = new Workers(1);
                DecoderPolicy alone = DecoderPolicy.load(golden.model(), OPTIONS, one);
                DecoderPolicy together = DecoderPolicy.load(golden.model(), OPTIONS, workers)) {
            GoldenPolicyTest.accumulate(alone, IFT, golden.batch());
            GoldenPolicyTest.accumulate(together, IFT, golden.batch());
            for (int i = 0; i < alone.parameters().size(); i++) {
                assertThat(GoldenPolicyTest.gradient(together.parameters().get(i)))
                        .containsExactly(
                                GoldenPolicyTest.gradient(alone.parameters().get(i)));
            }
        }
    }

    private static double[][] logps(DecoderPolicy policy, List<Sequence> batch) {
        return policy.score(batch, OptionalLambda.NONE).stream()
                .map(SequenceScore::logps)
                .toArray(double[][]::new);
    }

    /** How far apart the two logits of another prediction are, of the largest one; 0 where all predictions agree. */
    private static double largestMarginOfAnotherPrediction(Golden golden, List<SequenceScore> scores) {
        double largest = 0;
        for (int s = 0; s < 2; s++) {
            Sequence sequence = golden.batch().get(s);
            float[][] logits = golden.logits(s);
            for (int t = 1; t < sequence.length(); t++) {
                if (sequence.isLabelled(t)) {
                    float[] row = logits[t - 1];
                    double size = 0;
                    int greedy = 0;
                    for (int i = 0; i < row.length; i++) {
                        size = Math.max(size, Math.abs(row[i]));
                        greedy = row[i] > row[greedy] ? i : greedy;
                    }
                    largest = Math.max(largest, (row[greedy] - row[scores.get(s).greedy()[t]]) / size);
                }
            }
        }
        return largest;
    }

    private static double distance(DecoderPolicy policy, Golden golden, String method) {
        double difference = 0;
        double size = 0;
        for (Parameter parameter : policy.parameters()) {
            if (parameter.hasGradient()) {
                double[] expected = golden.tensor("gradients.safetensors", method + "." + parameter.name());
                double[] actual = GoldenPolicyTest.gradient(parameter);
                for (int i = 0; i < expected.length; i++) {
                    difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
                    size += expected[i] * expected[i];
                }
            }
        }
        return Math.sqrt(difference / size);
    }
}

package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TrainingOptions;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.GemmChoice;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The estimate of memory, from the sizes of the model of 15 million parameters. */
class TrainingCostTest {
    private static final BenchShape SHAPE = BenchShape.SHAPE_15M;
    private static final int LENGTH = 16;
    private static final PeftConfig LORA = PeftConfig.of(4, 8, new PeftTargets.AllLinear());

    private final Workers workers = new Workers(1);

    @AfterEach
    void release() {
        workers.close();
    }

    @Test
    void aLearnedParameterTakesItsGradientAndItsMeanSquareToo() {
        try (DecoderPolicy policy = policy(GemmChoice.VECTOR)) {
            assertThat(withoutActivations(policy)).isEqualTo(12 * SHAPE.parameters());
        }
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void theBaseOfAnAdapterTakesTheMemoryOfItsFormat(WeightFormat format) {
        try (DecoderPolicy policy = adapted(format, GemmChoice.VECTOR)) {
            long learned =
                    policy.parameters().stream().mapToLong(Parameter::size).sum();
            long norms = SHAPE.parameters() - matrices();

            assertThat(withoutActivations(policy))
                    .isEqualTo((long) (matrices() * format.bytesPerWeight()) + 4 * norms + 12 * learned);
        }
    }

    @Test
    void productsInBfloat16KeepTwoMoreBytesOfEachWeight() {
        assumeOneDnn();
        long norms = SHAPE.parameters() - matrices();
        try (DecoderPolicy policy = policy(GemmChoice.ONEDNN)) {
            assertThat(withoutActivations(policy)).isEqualTo(14 * matrices() + 12 * norms);
        }
        try (DecoderPolicy policy = adapted(WeightFormat.FLOAT32, GemmChoice.ONEDNN)) {
            long learned =
                    policy.parameters().stream().mapToLong(Parameter::size).sum();
            assertThat(withoutActivations(policy)).isEqualTo(6 * matrices() + 4 * norms + 12 * learned);
        }
    }

    @Test
    void bothAnswersOfAPairAreComputedTogether() {
        Sequence answer = new Sequence(new int[LENGTH], new int[LENGTH]);
        Dataset pairs = Dataset.of(List.of(new Example(List.of(answer, answer), "pair")));
        try (DecoderPolicy policy = policy(GemmChoice.VECTOR)) {
            long one = withoutActivations(policy);
            long logits = policy.options().maxLogits() * Float.BYTES;

            assertThat(new TrainingCost(policy, pairs, 3).bytes())
                    .isEqualTo(one + logits + policy.activationBytes(2 * 3 * LENGTH));
        }
    }

    private static long matrices() {
        DecoderConfig config = SHAPE.config(LENGTH);
        return config.layers().size() * config.weightsPerToken() + (long) config.vocabularySize() * config.hiddenSize();
    }

    private static long withoutActivations(DecoderPolicy policy) {
        Dataset examples = Dataset.of(List.of(Example.of(new Sequence(new int[LENGTH], new int[LENGTH]), "zeros")));
        long batch = 3;
        long logits = policy.options().maxLogits() * Float.BYTES;
        return new TrainingCost(policy, examples, (int) batch).bytes()
                - logits
                - policy.activationBytes(batch * LENGTH);
    }

    private DecoderPolicy policy(GemmChoice gemm) {
        TrainingOptions options = TrainingOptions.defaults().withGemm(gemm);
        return DecoderPolicy.initialise(SHAPE.config(LENGTH), new WeightInitialiser(1, 0.02f), options, workers);
    }

    private DecoderPolicy adapted(WeightFormat format, GemmChoice gemm) {
        TrainingOptions options = TrainingOptions.defaults().withGemm(gemm);
        WeightInitialiser weights = new WeightInitialiser(1, 0.02f, format);
        return DecoderPolicy.initialise(SHAPE.config(LENGTH), weights, LORA, 1, options, workers);
    }

    private void assumeOneDnn() {
        try (Gemm gemm = GemmChoice.ONEDNN.open(workers)) {
            assertThat(gemm.name()).isNotEmpty();
        } catch (IllegalStateException e) {
            Assumptions.abort("no products in bfloat16: " + e.getMessage());
        }
    }
}

package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;
import org.junit.jupiter.api.Test;

class IntuitiveFineTuningTest {
    private final List<SequenceScore> scores = List.of(
            Scores.shifted(new double[] {0, -1, -3}, new boolean[] {false, true, true}),
            Scores.shifted(new double[] {-0.5, 0, -2, -4}, new boolean[] {true, false, true, true}));

    @Test
    void withoutDiscountItIsSftButForTheResidual() {
        Objective.Evaluation ift = IntuitiveFineTuning.of(0, 0).evaluate(scores);
        Objective.Evaluation sft = new SupervisedFineTuning().evaluate(scores);

        assertThat(ift.loss()).isEqualTo(sft.loss());
        for (int i = 0; i < scores.size(); i++) {
            assertThat(ift.gradients().get(i).logps())
                    .containsExactly(sft.gradients().get(i).logps());
        }
        assertThat(IntuitiveFineTuning.of(0, 0).residual()).contains(TemporalResidual.constant(0));
    }

    @Test
    void withDiscountItIsNot() {
        assertThat(IntuitiveFineTuning.of(0, 0.95).evaluate(scores).loss())
                .isNotEqualTo(new SupervisedFineTuning().evaluate(scores).loss());
    }

    @Test
    void lossOfAGroupIsTheSumOverItsSequences() {
        IntuitiveFineTuning ift = IntuitiveFineTuning.withDefaults();

        double apart = ift.evaluate(scores.subList(0, 1)).loss()
                + ift.evaluate(scores.subList(1, 2)).loss();

        assertThat(ift.evaluate(scores).loss()).isEqualTo(apart);
    }

    @Test
    void reportsTheUnweightedLoss() {
        assertThat(IntuitiveFineTuning.withDefaults()
                        .evaluate(scores.subList(0, 1))
                        .metrics())
                .containsEntry("nll", new Mean(2, 1));
    }

    @Test
    void defaultsAreThePapers() {
        IntuitiveFineTuning ift = IntuitiveFineTuning.withDefaults();

        assertThat(ift.temporalResidual().lambda()).isEqualTo(0.2);
        assertThat(ift.propagation())
                .isEqualTo(new RelationPropagation(
                        RelationPropagation.Type.LOSS,
                        RelationPropagation.Side.LEFT,
                        RelationPropagation.Norm.L1,
                        0.95));
    }
}

package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;
import org.junit.jupiter.api.Test;

class SupervisedFineTuningTest {
    private final Objective sft = new SupervisedFineTuning();

    @Test
    void lossIsTheMeanOverTheLabelsOfASequence() {
        Objective.Evaluation evaluation =
                sft.evaluate(List.of(Scores.shifted(new double[] {0, -1, -3}, new boolean[] {false, true, true})));

        assertThat(evaluation.loss()).isEqualTo(2);
        assertThat(evaluation.gradients().getFirst().logps()).containsExactly(0, 0, -0.5, -0.5);
    }

    @Test
    void sequencesWeighTheSameWhateverTheirLength() {
        SequenceScore longer = Scores.shifted(new double[] {-1, -1, -1, -1}, new boolean[] {true, true, true, true});
        SequenceScore shorter = Scores.shifted(new double[] {-5}, new boolean[] {true});

        assertThat(sft.evaluate(List.of(longer, shorter)).loss()).isEqualTo(6);
    }

    @Test
    void gradientIsThatOfCentralDifferences() {
        boolean[] labelled = {true, false, true, true};
        double[] logps = {-0.3, 0, -2, -1};

        double[] numeric = CentralDifferences.gradient(
                moved -> sft.evaluate(List.of(Scores.shifted(moved, labelled))).loss(), logps, labelled);

        assertThat(sft.evaluate(List.of(Scores.shifted(logps, labelled)))
                        .gradients()
                        .getFirst()
                        .logps())
                .containsExactly(new double[] {0, numeric[0], 0, numeric[2], numeric[3]}, within(1e-9));
    }

    @Test
    void aSequenceWithoutLabelAddsNothing() {
        Objective.Evaluation evaluation = sft.evaluate(List.of(Scores.shifted(new double[2], new boolean[2])));

        assertThat(evaluation.loss()).isZero();
        assertThat(evaluation.gradients().getFirst().logps()).containsOnly(0);
    }

    @Test
    void hasNoTemporalResidual() {
        assertThat(sft.residual()).isEmpty();
    }
}

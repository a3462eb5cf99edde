package io.github.ift4j.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.BigramPolicy;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.SequenceScore;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
    private static final int VOCABULARY = 4;

    private final BigramPolicy policy = new BigramPolicy(VOCABULARY, 3, 8);
    private final Sequence longer = new Sequence(new int[] {0, 1, 2, 3}, new int[] {-100, 1, 2, 3});
    private final Sequence shorter = new Sequence(new int[] {3, 2, 1}, new int[] {-100, -100, 1});
    private final Dataset dataset = Dataset.of(List.of(Example.of(longer, "1"), Example.of(shorter, "2")));

    @AfterEach
    void close() {
        policy.close();
    }

    @Test
    void everyLabelledTokenWeighsTheSame() {
        double sum = 0;
        int correct = 0;
        for (SequenceScore score : policy.score(List.of(longer, shorter), OptionalLambda.NONE)) {
            sum += score.negativeLogLikelihood();
            correct += score.correct();
        }

        EvaluationResult result = new Evaluator(1).evaluate(policy, dataset);

        assertThat(result.examples()).isEqualTo(2);
        assertThat(result.tokens()).isEqualTo(4);
        assertThat(result.nll()).isCloseTo(sum / 4, within(1e-15));
        assertThat(result.perplexity()).isEqualTo(Math.exp(result.nll()));
        assertThat(result.accuracy()).isEqualTo(correct / 4.0);
    }

    @Test
    void aPolicyThatKnowsNothingHasThePerplexityOfItsVocabulary() {
        MemorySegment head = policy.parameters().getLast().value();
        head.fill((byte) 0);

        assertThat(new Evaluator(2).evaluate(policy, dataset).perplexity()).isCloseTo(VOCABULARY, within(1e-12));
    }

    @Test
    void theBatchSizeDoesNotMatter() {
        assertThat(new Evaluator(7).evaluate(policy, dataset)).isEqualTo(new Evaluator(1).evaluate(policy, dataset));
    }

    @Test
    void aBatchNeedsASequence() {
        assertThatThrownBy(() -> new Evaluator(0)).hasMessage("batch-size must be at least 1, was 0");
    }
}

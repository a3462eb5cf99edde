package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.objective.RelationPropagation.Norm;
import io.github.ift4j.core.objective.RelationPropagation.Side;
import io.github.ift4j.core.objective.RelationPropagation.Type;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every case of {@code objectives.json}, computed by PyTorch in float64. */
class RelationPropagationGoldenTest {
    /** Both sides are float64 sums of at most 30 terms. */
    private static final double TOLERANCE = 1e-9;

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void lossWeightsAndGradientAreThoseOfPyTorch(Case expected) {
        IntuitiveFineTuning objective = new IntuitiveFineTuning(TemporalResidual.constant(0.2), expected.propagation());

        Objective.Evaluation actual =
                objective.evaluate(List.of(Scores.shifted(expected.logps(), expected.labelled())));

        assertThat(actual.loss()).isCloseTo(expected.loss(), within(TOLERANCE * Math.abs(expected.loss())));
        double[] gradient = actual.gradients().getFirst().logps();
        assertThat(gradient[0]).isZero();
        assertThat(relativeDistance(Arrays.copyOfRange(gradient, 1, gradient.length), expected.gradient()))
                .isLessThan(TOLERANCE);
        double[] weights = expected.propagation()
                .apply(expected.logps(), expected.labelled())
                .weights();
        assertThat(weights).containsExactly(expected.weights(), within(TOLERANCE * weights.length));
    }

    @Test
    void theComparisonTellsDetachedWeightsFromTrueOnes() throws IOException {
        double largest = 0;
        for (Case c : cases()) {
            double[] detached = new double[c.logps().length];
            double labels = Arrays.stream(c.weights()).sum();
            for (int t = 0; t < detached.length; t++) {
                detached[t] = -c.weights()[t] / labels;
            }
            largest = Math.max(largest, relativeDistance(detached, c.gradient()));
        }
        assertThat(largest).isGreaterThan(0.1);
    }

    @Test
    void theCasesCoverEveryTypeSideNormAndDiscount() throws IOException {
        List<RelationPropagation> propagations =
                cases().stream().map(Case::propagation).toList();

        for (Type type : Type.values()) {
            for (Side side : Side.values()) {
                for (Norm norm : Norm.values()) {
                    for (double gamma : new double[] {0, 0.5, 0.95, 1}) {
                        assertThat(propagations).contains(new RelationPropagation(type, side, norm, gamma));
                    }
                }
            }
        }
    }

    static List<Case> cases() throws IOException {
        try (InputStream json = RelationPropagationGoldenTest.class.getResourceAsStream("/objectives.json")) {
            List<Case> cases = new ArrayList<>();
            for (JsonNode node : new ObjectMapper().readTree(json).get("relation_propagation")) {
                double[] mask = doubles(node.get("mask"));
                boolean[] labelled = new boolean[mask.length];
                for (int t = 0; t < mask.length; t++) {
                    labelled[t] = mask[t] != 0;
                }
                cases.add(new Case(
                        new RelationPropagation(
                                Type.valueOf(upper(node.get("type"))),
                                Side.valueOf(upper(node.get("side"))),
                                Norm.valueOf(upper(node.get("norm"))),
                                node.get("gamma").doubleValue()),
                        doubles(node.get("logps")),
                        labelled,
                        doubles(node.get("weights")),
                        node.get("loss").doubleValue(),
                        doubles(node.get("dloss_dlogps"))));
            }
            return cases;
        }
    }

    private static String upper(JsonNode node) {
        return node.textValue().toUpperCase(Locale.ROOT);
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
    }

    private static double relativeDistance(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return Math.sqrt(difference / norm);
    }

    record Case(
            RelationPropagation propagation,
            double[] logps,
            boolean[] labelled,
            double[] weights,
            double loss,
            double[] gradient) {
        @Override
        public String toString() {
            return propagation.toString();
        }
    }
}

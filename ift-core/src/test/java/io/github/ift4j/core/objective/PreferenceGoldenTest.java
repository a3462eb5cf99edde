package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every preference case of {@code objectives.json}, computed by PyTorch in float64. */
class PreferenceGoldenTest {
    /** Both sides are float64; the log-probability is split over at most 30 labels and added up again. */
    private static final double TOLERANCE = 1e-9;

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void lossAndGradientsAreThoseOfPyTorch(Case expected) {
        Objective.Evaluation actual = expected.objective().evaluate(expected.scores());

        assertThat(actual.loss()).isCloseTo(expected.loss(), within(TOLERANCE * Math.abs(expected.loss())));
        assertThat(distance(expected.slopes(actual.gradients()), expected.gradients()))
                .isLessThan(TOLERANCE);
    }

    @Test
    void everyMethodHasItsTwentyFourCases() throws IOException {
        Map<Class<?>, Long> counts = cases().stream()
                .collect(Collectors.groupingBy(c -> c.objective().getClass(), Collectors.counting()));

        assertThat(counts)
                .containsOnly(
                        Map.entry(DirectPreferenceOptimization.class, 48L),
                        Map.entry(IdentityPreferenceOptimization.class, 24L),
                        Map.entry(OddsRatioPreferenceOptimization.class, 24L),
                        Map.entry(SimplePreferenceOptimization.class, 24L),
                        Map.entry(KahnemanTverskyOptimization.class, 24L));
        assertThat(cases().stream().filter(c -> c.objective().toString().contains("labelSmoothing=0.1")))
                .hasSize(24);
    }

    @Test
    void theComparisonTellsEveryMethodFromTheOnesBesideIt() throws IOException {
        for (Case c : cases()) {
            if (c.objective() instanceof KahnemanTverskyOptimization) {
                continue;
            }
            for (Objective other : List.of(
                    DirectPreferenceOptimization.of(0.1),
                    new DirectPreferenceOptimization(0.3, 0.1),
                    new IdentityPreferenceOptimization(0.1),
                    new OddsRatioPreferenceOptimization(0.25),
                    new SimplePreferenceOptimization(2, 1.6))) {
                if (!other.equals(c.objective())) {
                    Objective.Evaluation wrong = other.evaluate(c.scores());
                    assertThat(distance(c.slopes(wrong.gradients()), c.gradients()))
                            .as("%s for %s", other, c)
                            .isGreaterThan(1e-6);
                }
            }
        }
    }

    static List<Case> cases() throws IOException {
        try (InputStream json = PreferenceGoldenTest.class.getResourceAsStream("/objectives.json")) {
            List<Case> cases = new ArrayList<>();
            for (JsonNode node : new ObjectMapper().readTree(json).get("preference")) {
                cases.add(new Case(
                        objective(node.get("objective").textValue(), node.get("params")),
                        scores(node),
                        node.get("loss").doubleValue(),
                        new double[] {
                            node.get("dloss_dchosen").doubleValue(),
                            node.get("dloss_drejected").doubleValue()
                        }));
            }
            return cases;
        }
    }

    private static Objective objective(String name, JsonNode params) {
        double beta = params.get("beta").doubleValue();
        return switch (name) {
            case "dpo" -> DirectPreferenceOptimization.of(beta);
            case "cdpo" ->
                new DirectPreferenceOptimization(
                        beta, params.get("label_smoothing").doubleValue());
            case "ipo" -> new IdentityPreferenceOptimization(beta);
            case "orpo" -> new OddsRatioPreferenceOptimization(beta);
            case "simpo" ->
                new SimplePreferenceOptimization(beta, params.get("gamma").doubleValue());
            case "kto" ->
                new KahnemanTverskyOptimization(
                        beta,
                        params.get("desirable_weight").doubleValue(),
                        params.get("undesirable_weight").doubleValue());
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Chosen and rejected; for KTO a desirable and an undesirable answer, whose mismatched pairs give the case's divergence. */
    private static List<SequenceScore> scores(JsonNode node) {
        SequenceScore chosen = Scores.answer(
                node.get("chosen_logp").doubleValue(),
                node.get("ref_chosen_logp").doubleValue(),
                node.get("chosen_tokens").intValue());
        SequenceScore rejected = Scores.answer(
                node.get("rejected_logp").doubleValue(),
                node.get("ref_rejected_logp").doubleValue(),
                node.get("rejected_tokens").intValue());
        JsonNode kl = node.get("params").get("kl");
        if (kl == null) {
            return List.of(chosen, rejected);
        }
        SequenceScore mismatched = Scores.answer(-3, -3 - kl.doubleValue(), 5);
        return List.of(chosen, mismatched, Scores.undesirable(rejected), mismatched);
    }

    private static double distance(double[] actual, double[] expected) {
        double difference = Math.hypot(actual[0] - expected[0], actual[1] - expected[1]);
        return difference / Math.hypot(expected[0], expected[1]);
    }

    record Case(Objective objective, List<SequenceScore> scores, double loss, double[] gradients) {
        /** Derivatives by the log-probability of both answers: every label has the same share in it. */
        double[] slopes(List<SequenceGradient> gradients) {
            int rejected = scores.size() == 4 ? 2 : 1;
            return new double[] {slope(gradients.getFirst()), slope(gradients.get(rejected))};
        }

        private static double slope(SequenceGradient gradient) {
            double[] labels = Arrays.copyOfRange(gradient.logps(), 1, gradient.logps().length);
            assertThat(gradient.logps()[0]).isZero();
            assertThat(labels).containsOnly(labels[0]);
            return labels[0];
        }

        @Override
        public String toString() {
            return objective + " " + scores.getFirst().logp();
        }
    }
}

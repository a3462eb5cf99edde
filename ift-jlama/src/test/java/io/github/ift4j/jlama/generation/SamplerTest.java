package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 20_000;

    /** Keeps shares like exactly one half away from the thresholds, where rounding decides. */
    private static final double OFF_THE_EDGE = 1e-7;

    @Test
    void greedyTakesTheLowestIdAmongTheMostProbable() {
        assertThat(new Sampler(SamplingParameters.GREEDY).next(new float[] {1, 3, 2, 3}))
                .isEqualTo(1);
    }

    @Test
    void aSamplerThatFollowsAnotherChoosesTheSameWithoutTheOtherNoticing() {
        SamplingParameters parameters =
                SamplingParameters.ofTemperature(1).withRepetitionPenalty(3).withSeed(5);
        Sampler leader = new Sampler(parameters);
        Sampler undisturbed = new Sampler(parameters);
        Sampler follower = new Sampler(parameters.withSeed(6));
        float[] logits = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f};
        for (int turn = 0; turn < 20; turn++) {
            follower.follow(leader);
            List<Integer> foreseen = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                foreseen.add(follower.next(logits.clone()));
                follower.observe(foreseen.get(i));
            }
            for (int token : foreseen.subList(0, 1 + turn % 3)) {
                assertThat(leader.next(logits.clone())).isEqualTo(token);
                assertThat(undisturbed.next(logits.clone())).isEqualTo(token);
                leader.observe(token);
                undisturbed.observe(token);
            }
        }
    }

    @Test
    void drawsFollowTheSoftmaxOfTheLogitsOverTheTemperature() {
        double temperature = 0.7;
        float[] logits = {0, 1, -1, 0.5f};
        double[] expected = new double[logits.length];
        double total = 0;
        for (int id = 0; id < logits.length; id++) {
            expected[id] = Math.exp(logits[id] / temperature);
            total += expected[id];
        }

        int[] counts = counts(SamplingParameters.ofTemperature(temperature).withSeed(1), logits);

        for (int id = 0; id < logits.length; id++) {
            double share = expected[id] / total;
            double fourStandardErrors = 4 * Math.sqrt(share * (1 - share) / DRAWS);
            assertThat((double) counts[id] / DRAWS).isBetween(share - fourStandardErrors, share + fourStandardErrors);
        }
    }

    @Property(tries = 300, seed = "1")
    void filtersKeepWhatTheDefinitionsKeep(
            @ForAll long seed,
            @ForAll @IntRange(max = 8) int topK,
            @ForAll @DoubleRange(min = 0.05, max = 1) double topP,
            @ForAll @DoubleRange(max = 0.5) double minP) {
        Random random = new Random(seed);
        float[] logits = new float[7];
        for (int id = 0; id < logits.length; id++) {
            logits[id] = random.nextInt(6) * 0.5f;
        }
        SamplingParameters parameters = SamplingParameters.ofTemperature(0.8)
                .withTopK(topK)
                .withTopP(Math.min(1, topP + OFF_THE_EDGE))
                .withMinP(minP + OFF_THE_EDGE)
                .withSeed(seed);

        // 3,000 draws find every token: the least probable has a share above 0.6 % (seven tokens, logits within 2.5).
        Set<Integer> drawn = new TreeSet<>();
        Sampler sampler = new Sampler(parameters);
        for (int i = 0; i < 3_000; i++) {
            drawn.add(sampler.next(logits.clone()));
        }

        assertThat(drawn).containsExactlyInAnyOrderElementsOf(kept(logits, parameters));
    }

    @Test
    void topKKeepsTheTokensThatEqualTheLastOne() {
        assertThat(drawn(SamplingParameters.ofTemperature(1).withTopK(2), new float[] {2, 1, 1, 0}))
                .containsExactly(0, 1, 2);
    }

    @Test
    void topPKeepsTheTokenThatReachesTheShareAndPrefersLowIdsAmongEquals() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.2), (float) Math.log(0.2), (float) Math.log(0.1)};
        assertThat(drawn(SamplingParameters.ofTemperature(1).withTopP(0.6), logits))
                .containsExactly(0, 1);
    }

    @Test
    void topPCountsSharesOfWhatTopKLeft() {
        float[] logits = {(float) Math.log(0.4), (float) Math.log(0.3), (float) Math.log(0.2), (float) Math.log(0.1)};
        // Of 0.4 + 0.3 the first token is 57 %, so 0.5 is reached at once; of all four it would take two.
        assertThat(drawn(SamplingParameters.ofTemperature(1).withTopK(2).withTopP(0.5), logits))
                .containsExactly(0);
        assertThat(drawn(SamplingParameters.ofTemperature(1).withTopP(0.5), logits))
                .containsExactly(0, 1);
    }

    @Test
    void minPIsAShareOfTheGreatestProbability() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
        assertThat(drawn(SamplingParameters.ofTemperature(1).withMinP(0.5), logits))
                .containsExactly(0, 1);
    }

    @Test
    void repetitionPenaltyWeakensObservedTokensOfEitherSign() {
        Sampler sampler = new Sampler(SamplingParameters.GREEDY.withRepetitionPenalty(2));
        sampler.observe(0);
        sampler.observe(2);
        float[] logits = {3, 2, -1};

        assertThat(sampler.next(logits)).isEqualTo(1);
        assertThat(logits).containsExactly(1.5f, 2, -2);
    }

    @Test
    void theSeedFixesTheDrawsOnEveryJdk() {
        float[] logits = new float[1000];
        Sampler sampler = new Sampler(SamplingParameters.ofTemperature(1).withSeed(42));

        // The first outputs of SplitMix64 for seed 42, times 1000.
        assertThat(new int[] {sampler.next(logits), sampler.next(logits), sampler.next(logits)})
                .containsExactly(741, 159, 278);
    }

    @Test
    void neighbouringSeedsGiveUnrelatedDraws() {
        float[] logits = new float[10];
        Set<Integer> first = new TreeSet<>();
        for (int seed = 0; seed < 100; seed++) {
            first.add(new Sampler(SamplingParameters.ofTemperature(1).withSeed(seed)).next(logits));
        }
        assertThat(first).hasSize(10);
    }

    @Test
    void masksAreRespectedAndDamagedLogitsRefused() {
        float none = Float.NEGATIVE_INFINITY;
        assertThat(drawn(SamplingParameters.ofTemperature(5), new float[] {none, 0, none, 1}))
                .containsExactly(1, 3);
        for (SamplingParameters parameters : List.of(SamplingParameters.GREEDY, SamplingParameters.ofTemperature(1))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> new Sampler(parameters).next(new float[] {0, Float.NaN}))
                    .withMessageContaining("token 1 is NaN");
            assertThatIllegalStateException()
                    .isThrownBy(() -> new Sampler(parameters).next(new float[] {Float.POSITIVE_INFINITY}));
            assertThatIllegalStateException().isThrownBy(() -> new Sampler(parameters).next(new float[] {none}));
        }
    }

    @Test
    void parametersOutOfRangeAreNamedWithValueAndRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingParameters.ofTemperature(-0.5))
                .withMessage("temperature must be a number of at least 0, was -0.5");
        assertThatIllegalArgumentException().isThrownBy(() -> SamplingParameters.ofTemperature(Double.NaN));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingParameters.GREEDY.withTopK(-1))
                .withMessageContaining("topK must be at least 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingParameters.GREEDY.withTopP(0))
                .withMessageContaining("topP must be above 0 and at most 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingParameters.GREEDY.withMinP(1.5))
                .withMessageContaining("minP must be between 0 and 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingParameters.GREEDY.withRepetitionPenalty(0))
                .withMessageContaining("repetitionPenalty must be a number above 0");
    }

    private static int[] counts(SamplingParameters parameters, float[] logits) {
        Sampler sampler = new Sampler(parameters);
        int[] counts = new int[logits.length];
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.next(logits)]++;
        }
        return counts;
    }

    private static Set<Integer> drawn(SamplingParameters parameters, float[] logits) {
        int[] counts = counts(parameters.withSeed(7), logits);
        Set<Integer> drawn = new TreeSet<>();
        for (int id = 0; id < counts.length; id++) {
            if (counts[id] > 0) {
                drawn.add(id);
            }
        }
        return drawn;
    }

    /** The definitions, one after the other, on sorted lists. */
    private static List<Integer> kept(float[] logits, SamplingParameters parameters) {
        List<Integer> ids =
                new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
        ids.sort(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id));
        if (parameters.topK() > 0 && parameters.topK() < ids.size()) {
            float last = logits[ids.get(parameters.topK() - 1)];
            ids.removeIf(id -> logits[id] < last);
        }
        double total =
                ids.stream().mapToDouble(id -> weight(logits, parameters, id)).sum();
        if (parameters.topP() < 1) {
            double below = total;
            List<Integer> nucleus = new ArrayList<>();
            for (int id : ids) {
                if (nucleus.isEmpty() || below / total > 1 - parameters.topP()) {
                    nucleus.add(id);
                }
                below -= weight(logits, parameters, id);
            }
            ids = nucleus;
        }
        double greatest = weight(logits, parameters, ids.getFirst());
        ids.removeIf(id -> weight(logits, parameters, id) < parameters.minP() * greatest);
        return ids;
    }

    private static double weight(float[] logits, SamplingParameters parameters, int id) {
        return Math.exp(logits[id] / parameters.temperature());
    }
}

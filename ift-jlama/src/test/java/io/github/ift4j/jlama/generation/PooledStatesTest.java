package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.LayerConfig;
import io.github.ift4j.jlama.architecture.RopeConfig;
import io.github.ift4j.jlama.architecture.RopeScaling;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PooledStatesTest {
    private final Workers workers = new Workers(2);
    private final Random random = new Random(3);

    @AfterEach
    void release() {
        workers.close();
    }

    @Test
    void sequencesLongerThanAStepAndThoseBesideThemArePooledAsAlone() {
        try (Decoder decoder = SmallDecoder.of(workers, 700)) {
            check(decoder, List.of(tokens(600), tokens(3), tokens(300), tokens(1), tokens(256)));
        }
    }

    @Test
    void aSequenceThatIsRotatedAsAWholeIsReadAsAWhole() {
        LayerConfig layer = LayerConfig.full(new RopeConfig(10_000, 8, new RopeScaling.Dynamic(4, 16)));
        DecoderConfig config = DecoderConfig.llama(FakeModel.VOCABULARY, 32, 48, 2, AttentionConfig.of(4, 2, 8))
                .layers(List.of(layer, layer))
                .contextLength(600)
                .build();
        try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(4, 0.25f), workers)) {
            check(decoder, List.of(tokens(400), tokens(10), tokens(30)));
        }
    }

    @Test
    void readingStopsBetweenSteps() {
        try (Decoder decoder = SmallDecoder.of(workers, 700)) {
            int[] asked = {0};
            assertThat(new PooledStates(decoder, Pooling.MEAN).of(List.of(tokens(600)), () -> ++asked[0] == 2))
                    .isEmpty();
            assertThat(asked[0]).isEqualTo(2);
        }
    }

    private void check(Decoder decoder, List<int[]> sequences) {
        float[][] mean = new PooledStates(decoder, Pooling.MEAN)
                .of(sequences, () -> false)
                .orElseThrow();
        float[][] last = new PooledStates(decoder, Pooling.LAST_TOKEN)
                .of(sequences, () -> false)
                .orElseThrow();
        for (int s = 0; s < sequences.size(); s++) {
            float[][] states = states(decoder, sequences.get(s));
            assertThat(last[s]).containsExactly(states[states.length - 1]);
            for (int i = 0; i < mean[s].length; i++) {
                double sum = 0;
                for (float[] state : states) {
                    sum += state[i];
                }
                // The same sum in float64, rounded once.
                assertThat(mean[s][i]).isCloseTo((float) (sum / states.length), within(1e-7f));
            }
        }
    }

    private static float[][] states(Decoder decoder, int[] tokens) {
        try (TokenModel.Context context = decoder.newContext()) {
            float[][] states = new float[tokens.length][decoder.hiddenSize()];
            decoder.hiddenStates(List.of(new TokenModel.Feed(context, tokens, states)));
            return states;
        }
    }

    private int[] tokens(int count) {
        return random.ints(count, 0, FakeModel.VOCABULARY).toArray();
    }
}

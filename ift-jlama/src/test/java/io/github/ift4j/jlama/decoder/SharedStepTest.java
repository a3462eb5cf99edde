package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.LayerConfig;
import io.github.ift4j.jlama.architecture.RopeConfig;
import io.github.ift4j.jlama.architecture.RopeScaling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Contexts that are fed in the same step, and contexts that go on after they were cut. */
class SharedStepTest {
    private static final int VOCABULARY = 50;

    @TempDir
    Path folder;

    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.RandomModels#modelTypes")
    void aStepOfManyContextsGivesEachTheBitsItGetsAlone(String modelType) throws IOException {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            ObjectNode config = RandomModels.config(modelType, random);
            RandomModels.write(folder, config, RandomModels.weights(config, random));
            try (Decoder decoder = Decoder.load(folder, workers)) {
                checkSteps(decoder, 6, Math.min(decoder.contextLength(), 20), random);
            }
        }
    }

    @Test
    void promptsLongerThanAPassAreCutWithTheSameBits() {
        DecoderConfig config = config(new RopeScaling.None(), 700);
        try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(3, 0.25f), workers)) {
            checkSteps(decoder, 3, 600, new Random(3));
        }
    }

    @Test
    void sequencesThatAreRotatedAnewCanShareAStepWithOthers() {
        DecoderConfig config = config(new RopeScaling.Dynamic(4, 16), 64);
        try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(4, 0.25f), workers)) {
            checkSteps(decoder, 4, 30, new Random(4));
        }
    }

    @Test
    void logitsOfSeveralTokensAreRefusedWhereALongerSequenceIsRotatedInAnotherWay() {
        DecoderConfig config = config(new RopeScaling.Dynamic(4, 16), 64);
        try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(8, 0.25f), workers);
                TokenModel.Context context = decoder.newContext()) {
            context.append(new int[13], new float[VOCABULARY]);
            assertThat(context.ahead(8)).isEqualTo(3);
            TokenModel.Feed uneven = new TokenModel.Feed(context, new int[4], new float[2][VOCABULARY]);
            assertThatThrownBy(() -> decoder.step(List.of(uneven)))
                    .hasMessageContaining("the logits of 2 tokens of a sequence cannot be told from its 17 tokens");
            assertThat(context.length()).isEqualTo(13);
        }
    }

    /**
     * Feeds random pieces of sequences to a random choice of contexts, step by step, and asks for what follows the last token of each or
     * several of them.
     */
    private static void checkSteps(Decoder decoder, int count, int longest, Random random) {
        int vocabulary = decoder.vocabularySize();
        int[][] ids = new int[count][];
        List<TokenModel.Context> contexts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids[i] = random.ints(longest - random.nextInt(longest / 2), 0, vocabulary)
                    .toArray();
            contexts.add(decoder.newContext());
        }
        while (IntStream.range(0, count).anyMatch(i -> contexts.get(i).length() < ids[i].length)) {
            List<TokenModel.Feed> feeds = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int fed = contexts.get(i).length();
                if (fed < ids[i].length && random.nextInt(4) > 0) {
                    int next = random.nextBoolean() ? fed + 1 : fed + 1 + random.nextInt(ids[i].length - fed);
                    int rows = contexts.get(i).ahead(next - fed) < next - fed ? 1 : 1 + random.nextInt(next - fed);
                    feeds.add(new TokenModel.Feed(
                            contexts.get(i), Arrays.copyOfRange(ids[i], fed, next), new float[rows][vocabulary]));
                }
            }
            decoder.step(feeds);
            for (TokenModel.Feed feed : feeds) {
                int[] whole = ids[contexts.indexOf(feed.context())];
                int length = feed.context().length() - feed.logits().length;
                for (float[] logits : feed.logits()) {
                    length++;
                    assertThat(logits).containsExactly(alone(decoder, Arrays.copyOf(whole, length)));
                }
            }
        }
        contexts.forEach(TokenModel.Context::close);
    }

    /** The control of the checks above: a context that held something else would be noticed. */
    @Test
    void logitsDependOnTheFirstToken() {
        DecoderConfig config = config(new RopeScaling.None(), 64);
        try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(5, 0.25f), workers)) {
            assertThat(alone(decoder, 1, 2, 3)).isNotEqualTo(alone(decoder, 4, 2, 3));
        }
    }

    @Test
    void aContextThatIsCutGoesOnAsANewOneThoughItsKeysWereRotatedForItsFormerLength() {
        int original = 16;
        List<Double> shortFactor = List.of(1.0, 1.1, 1.2, 1.3);
        List<Double> longFactor = List.of(2.0, 3.0, 4.0, 5.0);
        for (RopeScaling scaling : List.of(
                new RopeScaling.Dynamic(4, original), new RopeScaling.LongRope(shortFactor, longFactor, 1, original))) {
            DecoderConfig config = config(scaling, 64);
            int[] ids = new Random(6).ints(40, 0, VOCABULARY).toArray();
            try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(6, 0.25f), workers);
                    TokenModel.Context context = decoder.newContext()) {
                float[] logits = new float[VOCABULARY];
                context.append(ids, logits);
                context.truncate(10);
                context.append(Arrays.copyOfRange(ids, 10, 12), logits);
                assertThat(logits).as("%s", scaling).containsExactly(alone(decoder, Arrays.copyOf(ids, 12)));
            }
        }
    }

    @Test
    void aStepThatIsRefusedChangesNoContext() {
        DecoderConfig config = config(new RopeScaling.None(), 8);
        try (Decoder decoder = Decoder.initialise(config, new WeightInitialiser(7, 0.25f), workers);
                Decoder other = Decoder.initialise(config, new WeightInitialiser(7, 0.25f), workers);
                TokenModel.Context first = decoder.newContext();
                TokenModel.Context second = decoder.newContext();
                TokenModel.Context foreign = other.newContext()) {
            TokenModel.Feed good = feed(first, 1);
            assertThatThrownBy(() -> decoder.step(List.of(good, feed(second, new int[9]))))
                    .hasMessage("9 tokens do not fit into the model's context of 8");
            assertThatThrownBy(() -> decoder.step(List.of(good, feed(second, VOCABULARY))))
                    .hasMessageContaining("token id 50 is not in the vocabulary");
            assertThatThrownBy(() -> decoder.step(List.of(good, feed(first, 2))))
                    .hasMessage("a context can be fed only once a step");
            assertThatThrownBy(() -> decoder.step(List.of(good, feed(foreign, 2))))
                    .hasMessage("the context belongs to another model");
            assertThat(first.length()).isZero();
            assertThat(second.length()).isZero();
        }
    }

    private static TokenModel.Feed feed(TokenModel.Context context, int... ids) {
        return new TokenModel.Feed(context, ids, new float[VOCABULARY]);
    }

    private static float[] alone(Decoder decoder, int... ids) {
        float[] logits = new float[decoder.vocabularySize()];
        try (TokenModel.Context context = decoder.newContext()) {
            context.append(ids, logits);
        }
        return logits;
    }

    private static DecoderConfig config(RopeScaling scaling, int contextLength) {
        LayerConfig layer = LayerConfig.full(new RopeConfig(10_000, 8, scaling));
        return DecoderConfig.llama(VOCABULARY, 16, 24, 2, AttentionConfig.of(2, 1, 8))
                .layers(List.of(layer, layer))
                .contextLength(contextLength)
                .build();
    }
}

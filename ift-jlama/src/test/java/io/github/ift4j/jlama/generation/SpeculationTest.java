package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.RandomModels;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A draft changes how many steps an answer takes, and nothing else. */
@Timeout(120)
class SpeculationTest {
    private static final int[] PROMPT = {72, 105};

    @Test
    void aDraftLikeTheModelIsAlwaysRightAlsoWhereTokensAreDrawn() {
        for (SamplingParameters sampling : samplings(1)) {
            RecordingModel model = RecordingModel.of(FakeModel.ofHash(1_000));
            GenerationRequest request = request(60).withSampling(sampling);
            GenerationResult result = answer(model, FakeModel.ofHash(1_000), request);

            assertThat(result.tokens()).isEqualTo(answer(FakeModel.ofHash(1_000), request));
            assertThat(result.acceptedTokens())
                    .as("%s", sampling)
                    .isEqualTo(result.draftedTokens())
                    .isGreaterThan(45);
            // One for the prompt, and each other gives what was accepted and a token of its own.
            assertThat(model.steps()).hasSize(60 - result.acceptedTokens());
        }
    }

    @Test
    void aDraftThatIsHardlyEverRightRests() {
        RecordingModel draft = RecordingModel.of(FakeModel.ofHash(1_000, 1));
        GenerationResult result = answer(FakeModel.ofHash(1_000), draft, request(600));

        assertThat(result.tokens()).isEqualTo(answer(FakeModel.ofHash(1_000), request(600)));
        assertThat(result.acceptedTokens()).isLessThan(5);
        assertThat(result.draftedTokens()).isBetween(5, 40);
        assertThat(draft.steps()).hasSizeLessThan(40);
    }

    @Test
    void aDraftThatIsRightForAWhileIsFollowedAgainAfterItsRest() {
        int[] known = ByteText.ids("abcdefghijklmnopqrstuvwxyz".repeat(8));
        FakeModel model = FakeModel.of(
                2_000,
                tokens ->
                        FakeModel.oneHot(FakeModel.VOCABULARY, known[(tokens.length - PROMPT.length) % known.length]));
        FakeModel draft = FakeModel.of(
                2_000,
                tokens -> FakeModel.oneHot(
                        FakeModel.VOCABULARY,
                        tokens.length < 150 ? 'A' : known[(tokens.length - PROMPT.length) % known.length]));

        GenerationResult result = answer(model, draft, request(600));

        assertThat(result.tokens()).isEqualTo(answer(model, request(600)));
        assertThat(result.acceptedTokens()).isGreaterThan(250);
        assertThat(result.draftedTokens() - result.acceptedTokens()).isLessThan(30);
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.RandomModels#modelTypes")
    void answersOfRandomModelsAreThoseWithoutADraft(String modelType, @TempDir Path folder) throws IOException {
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed);
            ObjectNode config = RandomModels.config(modelType, random);
            RandomModels.write(folder.resolve("model"), config, RandomModels.weights(config, random));
            RandomModels.write(folder.resolve("draft"), config, RandomModels.weights(config, random));
            try (Workers workers = new Workers(2);
                    Decoder model = Decoder.load(folder.resolve("model"), workers);
                    Decoder same = Decoder.load(folder.resolve("model"), workers);
                    Decoder other = Decoder.load(folder.resolve("draft"), workers);
                    GenerationEngine alone = engine(model);
                    GenerationEngine certain = engine(model, same);
                    GenerationEngine unlike = engine(model, other)) {
                for (SamplingParameters sampling : samplings(seed)) {
                    int length = 1 + random.nextInt(Math.min(8, model.contextLength() - 1));
                    int[] prompt =
                            random.ints(length, 0, model.vocabularySize()).toArray();
                    GenerationRequest request = new GenerationRequest(
                            prompt, 1 + random.nextInt(24), sampling, List.of(), Set.of(random.nextInt(10)));
                    GenerationResult expected = alone.generate(request);
                    GenerationResult drafted = certain.generate(request);
                    checkSame(drafted, expected);
                    assertThat(drafted.draftedTokens() - drafted.acceptedTokens())
                            .as("what is proposed in vain: at most what comes after the last token")
                            .isLessThanOrEqualTo(8);
                    checkSame(unlike.generate(request), expected);
                }
            }
        }
    }

    /** The control of the checks above: a model that takes whatever is proposed gives other answers. */
    @Test
    void takingWhateverIsProposedWouldBeNoticed() {
        FakeModel model = FakeModel.ofHash(1_000);
        TokenModel credulous = new TokenModel() {
            @Override
            public int vocabularySize() {
                return model.vocabularySize();
            }

            @Override
            public int contextLength() {
                return model.contextLength();
            }

            @Override
            public Context newContext() {
                return model.newContext();
            }

            @Override
            public void step(List<Feed> feeds) {
                model.step(feeds);
                for (Feed feed : feeds) {
                    for (int row = 0; row < feed.logits().length - 1; row++) {
                        int next = feed.tokens()[feed.tokens().length - feed.logits().length + row + 1];
                        System.arraycopy(FakeModel.oneHot(FakeModel.VOCABULARY, next), 0, feed.logits()[row], 0, 257);
                    }
                }
            }
        };
        GenerationResult result = answer(credulous, FakeModel.ofHash(1_000, 1), request(60));

        assertThat(result.acceptedTokens()).isEqualTo(result.draftedTokens()).isPositive();
        assertThat(result.tokens()).isNotEqualTo(answer(model, request(60)));
        assertThat(answer(credulous, request(60))).isEqualTo(answer(model, request(60)));
    }

    @Test
    void stopStringsTokensAndPiecesAreThoseWithoutADraftWhereverARunOfAcceptedTokensEnds() {
        String text = "The quick brown fox jumps over the lazy dog.";
        FakeModel model = FakeModel.thatSays(text, PROMPT.length);
        for (int wrongAt = 0; wrongAt <= text.length(); wrongAt++) {
            StringBuilder other = new StringBuilder(text);
            other.setCharAt(Math.min(wrongAt, text.length() - 1), '#');
            FakeModel draft = FakeModel.thatSays(other.toString(), PROMPT.length);
            for (String stop : List.of("own fo", "T", "dog.", "lazy cat")) {
                GenerationRequest request = new GenerationRequest(
                        PROMPT, 100, SamplingParameters.GREEDY, List.of(stop), Set.of(FakeModel.END));
                List<String> expectedPieces = new ArrayList<>();
                List<String> pieces = new ArrayList<>();
                try (GenerationEngine alone = engine(model);
                        GenerationEngine drafted = engine(model, draft)) {
                    GenerationResult expected = alone.generate(request, expectedPieces::add, new Cancellation());
                    checkSame(drafted.generate(request, pieces::add, new Cancellation()), expected);
                    assertThat(pieces).isEqualTo(expectedPieces);
                }
            }
        }
    }

    @Test
    void noMoreIsFedThanTheAnswerAndTheContextHaveRoomFor() {
        for (int limit = 1; limit <= 14; limit++) {
            RecordingModel model = RecordingModel.of(FakeModel.ofHash(1_000));
            GenerationResult result = answer(model, FakeModel.ofHash(1_000), request(limit));
            assertThat(result.generatedTokens()).isEqualTo(limit);
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(result.acceptedTokens()).isEqualTo(result.draftedTokens());
            assertThat(model.tokensFed()).isEqualTo(PROMPT.length + limit - 1);

            GenerationResult full = answer(FakeModel.ofHash(limit + 2), FakeModel.ofHash(1_000), request(100));
            assertThat(full.tokens()).isEqualTo(result.tokens());
        }
    }

    @Test
    void aDraftOfAShorterContextProposesUntilThatIsFull() {
        GenerationResult result = answer(FakeModel.ofHash(1_000), FakeModel.ofHash(50), request(200));

        assertThat(result.tokens()).isEqualTo(answer(FakeModel.ofHash(1_000), request(200)));
        assertThat(result.acceptedTokens()).isBetween(35, 50);
    }

    @Test
    void aDraftWhoseLogitsHaveMoreOrFewerEntriesProposesWhatBothHave() {
        int[] script = ByteText.ids("abcabcabcabc");
        GenerationRequest request = new GenerationRequest(
                new int[] {1}, 12, SamplingParameters.GREEDY.withRepetitionPenalty(1.1), List.of(), Set.of());
        FakeModel model = FakeModel.after(1, script, 2, 200);
        for (int vocabulary : new int[] {150, 250}) {
            GenerationResult result = answer(model, FakeModel.after(1, script, 2, vocabulary), request);
            assertThat(result.tokens()).isEqualTo(script);
            assertThat(result.acceptedTokens()).isGreaterThan(7);
        }
        GenerationRequest strange = new GenerationRequest(
                new int[] {180, 1}, 12, SamplingParameters.GREEDY.withRepetitionPenalty(1.1), List.of(), Set.of());
        GenerationResult result = answer(model, FakeModel.after(1, script, 2, 150), strange);
        assertThat(result.tokens()).isEqualTo(script);
        assertThat(result.draftedTokens()).isZero();
    }

    @Test
    void chatsGoOnFromWhatTheirTurnsLeftBehindInBothModels() {
        try (Workers workers = new Workers(2);
                Decoder decoder = SmallDecoder.of(workers, 1_000);
                Decoder small = SmallDecoder.of(workers, 1_000, 12)) {
            RecordingModel model = RecordingModel.of(decoder);
            RecordingModel draft = RecordingModel.of(small);
            Random random = new Random(3);
            try (GenerationEngine alone = engine(decoder);
                    GenerationEngine engine = engine(model, draft)) {
                int reused = 0;
                List<int[]> chats = new ArrayList<>(List.of(tokens(4, 5), tokens(5, 50), tokens(6, 3)));
                for (int turn = 0; turn < 30; turn++) {
                    int chat = random.nextInt(chats.size());
                    GenerationRequest request = new GenerationRequest(
                            chats.get(chat), 12, samplings(turn).get(turn % 4), List.of(), Set.of());
                    GenerationResult result = engine.generate(request);
                    checkSame(result, alone.generate(request));
                    reused += result.reusedTokens();
                    int[] answer = Arrays.copyOf(result.tokens(), random.nextInt(12));
                    chats.set(chat, concat(concat(chats.get(chat), answer), tokens(turn, 1 + random.nextInt(5))));
                }
                assertThat(reused).isGreaterThan(200);
            }
            assertThat(model.openContexts()).isZero();
            assertThat(draft.openContexts()).isZero();
        }
    }

    @Test
    void theDraftReadsOnlyWhatIsNewOfAChat() {
        int[] history = tokens(7, 460);
        RecordingModel draft = RecordingModel.of(FakeModel.ofHash(1_000));
        try (GenerationEngine engine = engine(RecordingModel.of(FakeModel.ofHash(1_000)), draft)) {
            GenerationResult first =
                    engine.generate(new GenerationRequest(history, 40, SamplingParameters.GREEDY, List.of(), Set.of()));
            int fed = draft.tokensFed();
            assertThat(fed).isGreaterThan(460);
            int[] turn = concat(concat(history, first.tokens()), tokens(8, 20));

            engine.generate(new GenerationRequest(turn, 10, SamplingParameters.GREEDY, List.of(), Set.of()));

            assertThat(draft.tokensFed() - fed).isLessThan(20 + 10 + 3);
        }
    }

    @Test
    void aLongPromptIsReadByTheDraftInPieces() {
        RecordingModel draft = RecordingModel.of(FakeModel.ofHash(5_000));
        GenerationRequest request =
                new GenerationRequest(tokens(9, 1_000), 40, SamplingParameters.GREEDY, List.of(), Set.of());

        GenerationResult result = answer(FakeModel.ofHash(5_000), draft, request);

        assertThat(result.tokens()).isEqualTo(answer(FakeModel.ofHash(5_000), request));
        assertThat(result.acceptedTokens()).isPositive();
        assertThat(draft.steps().subList(0, 4)).containsExactly(List.of(256), List.of(256), List.of(256), List.of(236));
    }

    @Test
    void aThousandRequestsOfEightThreadsGetTheirAnswersAndFewAreDraftedForAtATime() throws Exception {
        try (Workers workers = new Workers(2);
                Decoder decoder = SmallDecoder.of(workers, 1_000);
                Decoder same = SmallDecoder.of(workers, 1_000);
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<String> overfull = Collections.synchronizedList(new ArrayList<>());
            RecordingModel model = new RecordingModel(decoder, true, feeds -> {
                int rows = feeds.stream().mapToInt(feed -> feed.logits().length).sum();
                if (rows > Math.max(8, feeds.size())) {
                    overfull.add(feeds.size() + " requests have " + rows + " rows");
                }
            });
            RecordingModel draft = RecordingModel.of(same);
            try (GenerationEngine alone = engine(decoder);
                    GenerationEngine engine =
                            new GenerationEngine(model, Optional.of(draft), ByteText::new, 6, 1 << 22)) {
                List<GenerationRequest> requests = new ArrayList<>();
                List<Future<GenerationResult>> results = new ArrayList<>();
                for (int i = 0; i < 1_000; i++) {
                    GenerationRequest request = randomRequest(i);
                    boolean cancelled = i % 7 == 0;
                    requests.add(request);
                    results.add(threads.submit(() -> {
                        Cancellation cancellation = new Cancellation();
                        return engine.generate(
                                request, cancelled ? text -> cancellation.cancel() : TextListener.NONE, cancellation);
                    }));
                }
                int accepted = 0;
                for (int i = 0; i < 1_000; i++) {
                    GenerationResult result = results.get(i).get();
                    GenerationResult expected = alone.generate(requests.get(i));
                    if (result.finishReason() == FinishReason.CANCELLED) {
                        assertThat(expected.tokens()).startsWith(result.tokens());
                    } else {
                        checkSame(result, expected);
                    }
                    accepted += result.acceptedTokens();
                }
                assertThat(accepted).isPositive();
                assertThat(draft.steps()).anyMatch(step -> step.size() > 1);
            }
            assertThat(overfull).isEmpty();
            assertThat(model.openContexts()).isZero();
            assertThat(draft.openContexts()).isZero();
        }
    }

    @Test
    void aDraftWhoseLogitsAreNotNumbersFailsItsRequestAndLeavesNothingBehind() {
        RecordingModel model = RecordingModel.of(FakeModel.ofHash(100));
        FakeModel broken = FakeModel.of(100, tokens -> {
            float[] logits = FakeModel.oneHot(FakeModel.VOCABULARY, 65);
            logits[7] = tokens.length > 9 ? Float.NaN : 0;
            return logits;
        });
        try (GenerationEngine engine = engine(model, broken)) {
            assertThatThrownBy(() -> engine.generate(request(90)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the draft cannot go on: the logit of token 7 is NaN");
        }
        assertThat(model.openContexts()).isZero();
        assertThat(broken.openContexts()).isZero();
    }

    @Test
    void aListenerThatThrowsAmidAcceptedTokensLeavesNothingBehind() {
        RecordingModel model = RecordingModel.of(FakeModel.ofHash(100));
        RecordingModel draft = RecordingModel.of(FakeModel.ofHash(100));
        List<String> seen = new ArrayList<>();
        try (GenerationEngine engine = engine(model, draft)) {
            assertThatThrownBy(() -> engine.generate(
                            request(90),
                            text -> {
                                seen.add(text);
                                if (seen.size() == 3) {
                                    throw new IllegalStateException("enough");
                                }
                            },
                            new Cancellation()))
                    .hasMessage("enough");
            assertThat(model.openContexts()).isZero();
            assertThat(draft.openContexts()).isZero();
        }
    }

    private static void checkSame(GenerationResult result, GenerationResult expected) {
        assertThat(result.tokens()).isEqualTo(expected.tokens());
        assertThat(result.text()).isEqualTo(expected.text());
        assertThat(result.finishReason()).isEqualTo(expected.finishReason());
    }

    /** All settings, alone and together; each draws from a seed. */
    private static List<SamplingParameters> samplings(long seed) {
        return List.of(
                SamplingParameters.GREEDY,
                SamplingParameters.GREEDY.withRepetitionPenalty(1.7),
                SamplingParameters.ofTemperature(1.2).withSeed(seed),
                new SamplingParameters(0.9, 20, 0.9, 0.02, 1.3, SamplingParameters.GREEDY.seed()).withSeed(seed));
    }

    private static GenerationRequest randomRequest(int number) {
        Random random = new Random(number);
        return new GenerationRequest(
                random.ints(1 + random.nextInt(number % 8 == 0 ? 300 : 20), 0, 128)
                        .toArray(),
                1 + random.nextInt(30),
                samplings(number).get(random.nextInt(4)),
                List.of(),
                Set.of(FakeModel.END));
    }

    private static GenerationRequest request(int maxNewTokens) {
        return new GenerationRequest(PROMPT, maxNewTokens, SamplingParameters.GREEDY, List.of(), Set.of());
    }

    private static GenerationResult answer(TokenModel model, TokenModel draft, GenerationRequest request) {
        try (GenerationEngine engine = engine(model, draft)) {
            return engine.generate(request);
        }
    }

    private static int[] answer(TokenModel model, GenerationRequest request) {
        try (GenerationEngine engine = engine(model)) {
            return engine.generate(request).tokens();
        }
    }

    private static GenerationEngine engine(TokenModel model) {
        return new GenerationEngine(model, ByteText::new, 4);
    }

    private static GenerationEngine engine(TokenModel model, TokenModel draft) {
        return new GenerationEngine(
                model, Optional.of(draft), ByteText::new, 4, GenerationEngine.DEFAULT_IDLE_CONTEXT_BYTES);
    }

    private static int[] tokens(long seed, int count) {
        return new Random(seed).ints(count, 0, 128).toArray();
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}

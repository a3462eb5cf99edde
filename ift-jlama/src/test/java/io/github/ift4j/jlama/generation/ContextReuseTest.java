package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A prompt that begins with what an earlier request left behind goes on from there, with the answer of a new context. */
@Timeout(60)
class ContextReuseTest {
    private static final int CONTEXT = 1_000;

    private final Workers workers = new Workers(2);
    private Decoder decoder;
    private RecordingModel model;

    @BeforeEach
    void open() {
        decoder = SmallDecoder.of(workers, CONTEXT);
        model = RecordingModel.of(decoder);
    }

    @AfterEach
    void close() {
        decoder.close();
        workers.close();
    }

    @Test
    void theSecondTurnOfAChatFeedsOnlyWhatIsNew() {
        int[] history = tokens(1, 460);
        try (GenerationEngine engine = engine(model)) {
            GenerationResult first = engine.generate(request(history, 40));
            assertThat(first.reusedTokens()).isZero();
            int fed = model.tokensFed();
            int[] turn = concat(concat(history, first.tokens()), tokens(2, 20));

            GenerationResult second = engine.generate(request(turn, 10));

            // All of the history but the answer's last token, which was never fed.
            assertThat(second.reusedTokens()).isEqualTo(499);
            assertThat(second.promptTokens()).isEqualTo(520);
            assertThat(model.tokensFed() - fed).isEqualTo(21 + 9);
            assertThat(second.tokens()).isEqualTo(alone(turn, 10));
        }
    }

    @Test
    void anyChatOfTurnsHasTheAnswersOfNewContexts() {
        Random random = new Random(3);
        try (GenerationEngine engine = engine(model)) {
            int reused = 0;
            List<int[]> chats = new ArrayList<>(List.of(tokens(4, 5), tokens(5, 50), tokens(6, 3)));
            for (int turn = 0; turn < 20; turn++) {
                int chat = random.nextInt(chats.size());
                GenerationResult result = engine.generate(request(chats.get(chat), 12));
                assertThat(result.tokens()).isEqualTo(alone(chats.get(chat), 12));
                reused += result.reusedTokens();
                int[] answer = Arrays.copyOf(result.tokens(), random.nextInt(12));
                chats.set(chat, concat(concat(chats.get(chat), answer), tokens(turn, 1 + random.nextInt(5))));
            }
            assertThat(reused).isPositive();
        }
    }

    @Test
    void theSamePromptAgainFeedsItsLastTokenOnly() {
        int[] prompt = tokens(7, 100);
        try (GenerationEngine engine = engine(model)) {
            int[] answer = engine.generate(request(prompt, 5)).tokens();

            GenerationResult again = engine.generate(request(prompt, 5));

            assertThat(again.reusedTokens()).isEqualTo(99);
            assertThat(again.tokens()).isEqualTo(answer);
        }
    }

    @Test
    void aChatDoesNotLoseItsContextToAnotherThatOnlyBeginsAlike() {
        int[] system = tokens(8, 20);
        int[] one = concat(system, tokens(9, 200));
        int[] other = concat(system, tokens(10, 30));
        try (GenerationEngine engine = engine(model)) {
            engine.generate(request(one, 5));

            assertThat(engine.generate(request(other, 5)).reusedTokens()).isZero();
            assertThat(engine.generate(request(one, 5)).reusedTokens()).isEqualTo(219);
        }
    }

    @Test
    void aContextInUseIsNotSharedWithARequestInside() {
        int[] prompt = tokens(11, 50);
        List<Integer> reused = new ArrayList<>();
        try (GenerationEngine engine = engine(model)) {
            engine.generate(
                    request(prompt, 2),
                    text -> reused.add(engine.generate(request(prompt, 1)).reusedTokens()),
                    new Cancellation());
        }
        assertThat(reused.getFirst()).isZero();
    }

    @Test
    void memoryBoundsWhatIsKeptAndTheOldestGoesFirst() {
        // Each context counts at least a mebibyte: two of them fit.
        try (GenerationEngine engine = new GenerationEngine(model, ByteText::new, 4, 2 << 20)) {
            for (int chat = 0; chat < 3; chat++) {
                engine.generate(request(tokens(20 + chat, 30), 1));
            }
            assertThat(model.openContexts()).isEqualTo(2);
            assertThat(engine.generate(request(tokens(22, 30), 1)).reusedTokens())
                    .isEqualTo(29);
            assertThat(engine.generate(request(tokens(21, 30), 1)).reusedTokens())
                    .isEqualTo(29);
            assertThat(engine.generate(request(tokens(20, 30), 1)).reusedTokens())
                    .isZero();
        }
        assertThat(model.openContexts()).isZero();
    }

    @Test
    void nothingIsKeptWithoutMemoryForItNorForAModelThatChanges() {
        int[] prompt = tokens(12, 30);
        RecordingModel changing = new RecordingModel(decoder, false, feeds -> {});
        try (GenerationEngine none = new GenerationEngine(model, ByteText::new, 4, 0);
                GenerationEngine live = engine(changing)) {
            for (GenerationEngine engine : List.of(none, live)) {
                engine.generate(request(prompt, 3));
                assertThat(engine.generate(request(prompt, 3)).reusedTokens()).isZero();
            }
            assertThat(model.openContexts()).isZero();
            assertThat(changing.openContexts()).isZero();
        }
    }

    @Test
    void aCancelledAnswerLeavesAContextToGoOnFrom() {
        int[] prompt = tokens(13, 30);
        try (GenerationEngine engine = engine(model)) {
            Cancellation cancellation = new Cancellation();
            engine.generate(request(prompt, 50), text -> cancellation.cancel(), cancellation);

            GenerationResult again = engine.generate(request(prompt, 5));

            assertThat(again.reusedTokens()).isEqualTo(29);
            assertThat(again.tokens()).isEqualTo(alone(prompt, 5));
        }
    }

    @Test
    void theRepetitionPenaltySeesReusedTokensToo() {
        int[] prompt = tokens(14, 30);
        GenerationRequest request = request(prompt, 8).withSampling(SamplingParameters.GREEDY.withRepetitionPenalty(5));
        try (GenerationEngine engine = engine(model)) {
            int[] answer = engine.generate(request).tokens();

            GenerationResult again = engine.generate(request);

            assertThat(again.reusedTokens()).isEqualTo(29);
            assertThat(again.tokens()).isEqualTo(answer);
        }
    }

    private int[] alone(int[] prompt, int maxNewTokens) {
        try (GenerationEngine engine = engine(decoder)) {
            return engine.generate(request(prompt, maxNewTokens)).tokens();
        }
    }

    private static GenerationEngine engine(TokenModel model) {
        return new GenerationEngine(model, ByteText::new, 4);
    }

    private static GenerationRequest request(int[] prompt, int maxNewTokens) {
        return new GenerationRequest(prompt, maxNewTokens, SamplingParameters.GREEDY, List.of(), Set.of());
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

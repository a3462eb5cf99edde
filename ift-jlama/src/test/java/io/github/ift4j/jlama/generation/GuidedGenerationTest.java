package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.generation.guided.GuideVocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guides together with all else that a request may ask for. Tokens are bytes. */
@Timeout(120)
class GuidedGenerationTest {
    private static final GuideVocabulary BYTES = GuideVocabulary.of(bytes());
    private static final Grammar WORDS = Grammar.regex("([a-z]{1,8} ){2,30}end");
    private static final SamplingParameters DRAWN = SamplingParameters.ofTemperature(1.5)
            .withRepetitionPenalty(1.2)
            .withTopP(0.95)
            .withSeed(3);

    private static byte[][] bytes() {
        byte[][] texts = new byte[FakeModel.VOCABULARY][];
        for (int b = 0; b < 256; b++) {
            texts[b] = new byte[] {(byte) b};
        }
        return texts;
    }

    private static Guide guide(Grammar grammar) {
        return Guide.of(grammar, BYTES);
    }

    private static GenerationRequest request(Grammar grammar, int tokens, SamplingParameters sampling) {
        return new GenerationRequest(ByteText.ids("Hi"), tokens, sampling, List.of(), Set.of(FakeModel.END))
                .withGuide(guide(grammar));
    }

    private static GenerationResult answer(TokenModel model, GenerationRequest request) {
        try (GenerationEngine engine = new GenerationEngine(model, ByteText::new, 1)) {
            return engine.generate(request);
        }
    }

    @Test
    void whatTheModelSaysStandsWhereItFits() {
        GenerationResult result = answer(
                FakeModel.thatSays("42 and more", 2),
                request(Grammar.regex("\\d+( [a-z]+)*"), 20, SamplingParameters.GREEDY));

        assertThat(result.text()).isEqualTo("42 and more");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void anAnswerThatIsCompleteEndsWithoutAStopToken() {
        GenerationResult result = answer(
                FakeModel.ofHash(1_000), request(Grammar.choice(List.of("yes", "no")), 20, SamplingParameters.GREEDY));

        assertThat(result.text()).isIn("yes", "no");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void anAnswerThatCouldGoOnEndsAtItsBoundAndIsComplete() {
        GenerationResult result =
                answer(FakeModel.ofHash(1_000), request(Grammar.regex("(ab)+"), 9, SamplingParameters.GREEDY));

        assertThat(result.text()).isEqualTo("abababab");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer(FakeModel.ofHash(1_000), request(Grammar.regex("(ab)+"), 8, SamplingParameters.GREEDY))
                        .finishReason())
                .isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aRequestThatNoAnswerFitsIsRefusedBeforeItRuns() {
        GenerationRequest request = request(Grammar.literal("sixteen letters."), 15, SamplingParameters.GREEDY);

        assertThatThrownBy(() -> answer(FakeModel.ofHash(1_000), request))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("takes 16 tokens, but the answer may have 15");
        assertThatThrownBy(() -> answer(FakeModel.ofHash(17), request.withMaxNewTokens(100)))
                .hasMessageContaining("leaves 15 of the context");
        assertThat(answer(FakeModel.ofHash(18), request.withMaxNewTokens(100)).text())
                .isEqualTo("sixteen letters.");
    }

    @Test
    void stopStringsEndAGuidedAnswerAsAnyOther() {
        GenerationResult result = answer(
                FakeModel.thatSays("abcdef", 2),
                request(Grammar.regex("[a-z]{6}"), 20, SamplingParameters.GREEDY)
                        .withStopStrings(List.of("de")));

        assertThat(result.text()).isEqualTo("abc");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void answersAreThoseWithoutADraft() {
        try (Workers workers = new Workers(1);
                Decoder model = SmallDecoder.of(workers, 300);
                Decoder same = SmallDecoder.of(workers, 300);
                Decoder other = SmallDecoder.of(workers, 300, 12)) {
            for (SamplingParameters sampling : List.of(SamplingParameters.GREEDY, DRAWN)) {
                GenerationRequest request = request(WORDS, 120, sampling);
                GenerationResult alone = answer(model, request);
                assertThat(alone.text()).matches("([a-z]{1,8} ){2,30}end");
                for (Decoder draft : List.of(same, other)) {
                    try (GenerationEngine engine =
                            new GenerationEngine(model, Optional.of(draft), ByteText::new, 1, 1L << 20)) {
                        GenerationResult drafted = engine.generate(request);
                        assertThat(drafted.tokens()).isEqualTo(alone.tokens());
                        assertThat(drafted.draftedTokens()).isPositive();
                        // Once more, from the context that was kept.
                        assertThat(engine.generate(request).tokens()).isEqualTo(alone.tokens());
                    }
                }
            }
        }
    }

    @Test
    void answersAreTheSameWhateverRunsBesideThem() throws Exception {
        try (Workers workers = new Workers(2);
                Decoder model = SmallDecoder.of(workers, 400);
                GenerationEngine engine = new GenerationEngine(model, ByteText::new, 8);
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            Guide shared = guide(Grammar.jsonObject());
            List<GenerationRequest> requests = new ArrayList<>();
            List<int[]> expected = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                GenerationRequest request = request(WORDS, 60 + i, DRAWN.withSeed(i));
                requests.add(i % 3 == 0 ? request : request.withGuide(shared));
                expected.add(answer(model, requests.get(i)).tokens());
            }
            List<Future<GenerationResult>> answers = new ArrayList<>();
            for (GenerationRequest request : requests) {
                answers.add(threads.submit(() -> engine.generate(request)));
            }
            for (int i = 0; i < requests.size(); i++) {
                assertThat(answers.get(i).get().tokens()).isEqualTo(expected.get(i));
            }
        }
    }
}

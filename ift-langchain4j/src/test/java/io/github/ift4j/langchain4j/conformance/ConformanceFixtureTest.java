package io.github.ift4j.langchain4j.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.SamplingParameters;
import io.github.ift4j.jlama.generation.TextModel;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whether the fixture has learned what the suites ask; what fails here fails there. */
class ConformanceFixtureTest {
    @Test
    void theTunedModelGivesEveryAnswerToTheLetter() {
        List<Exchange> exchanges = ConformanceFixture.exchanges();

        assertThat(exchanges)
                .hasSizeGreaterThan(80)
                .allSatisfy(exchange -> assertThat(
                                answer(ConformanceFixture.engine().textModel(), exchange))
                        .isEqualTo(exchange.answer()));
    }

    @Test
    void beforeItIsTunedItGivesNone() {
        try (TextModel untuned = ConformanceFixture.untuned()) {
            assertThat(ConformanceFixture.exchanges())
                    .noneMatch(exchange -> answer(untuned, exchange).equals(exchange.answer()));
        }
    }

    private static String answer(TextModel model, Exchange exchange) {
        int[] prompt = model.text().tokenizer().encode(exchange.prompt(), false);
        return model.generate(new GenerationRequest(
                        prompt,
                        200,
                        SamplingParameters.GREEDY,
                        List.of(),
                        model.text().endOfTurn().tokens()))
                .text();
    }
}

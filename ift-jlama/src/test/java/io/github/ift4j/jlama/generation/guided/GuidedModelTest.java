package io.github.ift4j.jlama.generation.guided;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import io.github.ift4j.jlama.generation.FinishReason;
import io.github.ift4j.jlama.generation.GenerationDefaults;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.SamplingParameters;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.ModelText;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Instances of random schemas, written by a small model that has learned nothing. */
@Timeout(240)
class GuidedModelTest {
    private static final int SCHEMAS = Integer.getInteger("ift.guided.schemas", 1_000);
    private static final Path DIRECTORY = Path.of("src/test/resources/golden/llama/model");

    private static Workers workers;
    private static Decoder decoder;
    private static ModelText text;
    private static TextModel model;

    @BeforeAll
    static void load() {
        workers = new Workers(1);
        text = ModelText.load(DIRECTORY, Optional.empty());
        DecoderConfig config = DecoderConfig.llama(
                        text.tokenizer().vocabularySize(), 16, 24, 1, AttentionConfig.of(2, 1, 8))
                .contextLength(2_000)
                .build();
        decoder = Decoder.initialise(config, new WeightInitialiser(5, 0.4f), workers);
        model = TextModel.of("untrained", decoder, text, GenerationDefaults.GREEDY, 2);
    }

    @AfterAll
    static void close() {
        model.close();
        decoder.close();
        text.close();
        workers.close();
    }

    private static GenerationRequest request(int seed, int tokens) {
        return model.textRequest("Number " + seed)
                .withMaxNewTokens(tokens)
                .withSampling(SamplingParameters.ofTemperature(1).withSeed(seed));
    }

    @Test
    void eachOfAThousandRandomSchemasGivesAnInstance() throws Exception {
        int complete = 0;
        for (int seed = 0; seed < SCHEMAS; seed++) {
            String schema = RandomSchemas.of(seed);
            Guide guide = model.guide(Grammar.jsonSchema(schema));
            int tokens = guide.minTokens() + seed % 101;
            GenerationResult result =
                    model.generate(request(seed, Math.max(1, tokens)).withGuide(guide));
            assertThat(JsonSchemaTest.errors(schema, result.text()))
                    .as("seed %s, %s tokens, %s%n%s", seed, tokens, schema, result.text())
                    .isEmpty();
            assertThat(result.text()).doesNotContain("\uFFFD");
            complete += result.finishReason() == FinishReason.STOP ? 1 : 0;
        }
        assertThat(complete).isGreaterThan(SCHEMAS / 2);
    }

    /** The control of the check above: the same model without a guide. */
    @Test
    void withoutAGuideNothingIsAnInstance() {
        int instances = 0;
        for (int seed = 0; seed < 50; seed++) {
            String answer = model.generate(request(seed, 40)).text();
            try {
                instances +=
                        JsonSchemaTest.errors(RandomSchemas.of(seed), answer).isEmpty() ? 1 : 0;
            } catch (Exception notJson) {
                assertThat(notJson).isInstanceOf(com.fasterxml.jackson.core.JsonProcessingException.class);
            }
        }
        assertThat(instances).isLessThan(3);
    }

    @Test
    void aGuideIsCompiledOnceForEqualGrammars() {
        Guide first = model.guide(Grammar.jsonSchema("{\"type\":\"null\"}"));
        assertThat(model.guide(Grammar.jsonSchema("{\"type\":\"null\"}"))).isSameAs(first);
        assertThat(model.guide(Grammar.jsonSchema("{\"type\":\"string\"}"))).isNotSameAs(first);
    }
}

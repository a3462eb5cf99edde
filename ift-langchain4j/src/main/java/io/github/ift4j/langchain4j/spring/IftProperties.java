package io.github.ift4j.langchain4j.spring;

import io.github.ift4j.jlama.generation.Pooling;
import io.github.ift4j.langchain4j.IftChatRequestParameters;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What {@code application.properties} says under {@code langchain4j.ift}.
 *
 * @param modelPath Folder of the model: config.json, tokenizer.json, *.safetensors. Without it there are no beans.
 * @param modelName What responses call the model; the name of its folder, or of the adapter's, unless set.
 * @param adapterPath Folder of a PEFT adapter that is part of the model.
 * @param adapters Folders of PEFT adapters by the names under which requests ask for them.
 * @param draftModelPath Folder of a smaller model of the same vocabulary that proposes tokens, which makes answers faster and changes none.
 * @param chatTemplate File with a Jinja chat template in place of the model's own.
 * @param maxConcurrentRequests Most requests that are answered at a time; more of them wait. 16 unless set.
 * @param maxQueuedRequests Most requests that wait for their turn; more of them are refused. 256 unless set.
 * @param idleContextSize Most memory for the keys and values of chats that wait for their next turn. 512MB unless set, 0 for none.
 * @param timeout How long a request may take, waiting and answering together. No limit unless set.
 * @param parameters Parameters of requests that do not set them.
 * @param chatModel The blocking chat model.
 * @param streamingChatModel The streaming chat model.
 * @param languageModel The blocking language model, which continues plain text.
 * @param streamingLanguageModel The streaming language model, which continues plain text.
 * @param embeddingModel The embedding model.
 * @param tokenCountEstimator The counter of the model's tokens.
 * @param metrics Meters of the models and their engine.
 */
@ConfigurationProperties("langchain4j.ift")
public record IftProperties(
        Path modelPath,
        String modelName,
        Path adapterPath,
        @DefaultValue Map<String, Path> adapters,
        Path draftModelPath,
        Path chatTemplate,
        Integer maxConcurrentRequests,
        Integer maxQueuedRequests,
        DataSize idleContextSize,
        Duration timeout,
        @DefaultValue Parameters parameters,
        @DefaultValue Switch chatModel,
        @DefaultValue Switch streamingChatModel,
        @DefaultValue Switch languageModel,
        @DefaultValue Switch streamingLanguageModel,
        @DefaultValue Embedding embeddingModel,
        @DefaultValue Switch tokenCountEstimator,
        @DefaultValue Switch metrics) {

    /**
     * What can be left out.
     *
     * @param enabled Whether there are beans of it.
     */
    public record Switch(@DefaultValue("true") boolean enabled) {}

    /**
     * How texts become vectors.
     *
     * @param enabled Whether there is a bean of it.
     * @param pooling How the hidden states of a text become one vector.
     * @param normalize Whether vectors are brought to length 1.
     * @param truncate Whether a text that is too long is cut at its end; refused otherwise.
     */
    public record Embedding(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("mean") Pooling pooling,
            @DefaultValue("true") boolean normalize,
            @DefaultValue("false") boolean truncate) {}

    /**
     * Defaults of requests; what is not set is left to the model's generation_config.json.
     *
     * @param temperature 0 takes the most probable token; greater values draw more freely.
     * @param topP Only the most probable tokens that together reach this probability are drawn, above 0 to 1.
     * @param topK Only this many of the most probable tokens are drawn; 0 is all.
     * @param minP Least share of the greatest probability that a token must have to be drawn, 0 to 1.
     * @param repetitionPenalty What weakens tokens that are already there, above 0; 1 is no penalty.
     * @param seed Start of the random numbers; equal requests with equal seeds have equal answers.
     * @param maxOutputTokens Most tokens of an answer.
     * @param stopSequences An answer ends before the first of these.
     */
    public record Parameters(
            Double temperature,
            Double topP,
            Integer topK,
            Double minP,
            Double repetitionPenalty,
            Long seed,
            Integer maxOutputTokens,
            List<String> stopSequences) {

        private IftChatRequestParameters.Builder toRequestParameters() {
            return IftChatRequestParameters.builder()
                    .temperature(temperature)
                    .topP(topP)
                    .topK(topK)
                    .minP(minP)
                    .repetitionPenalty(repetitionPenalty)
                    .seed(seed)
                    .maxOutputTokens(maxOutputTokens)
                    .stopSequences(stopSequences);
        }
    }

    /** Parameters and time limit of requests, as the models take them. */
    IftChatRequestParameters requestParameters() {
        return parameters.toRequestParameters().timeout(timeout).build();
    }
}

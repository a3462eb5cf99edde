package io.github.ift4j.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.SamplingParameters;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** LangChain4j's parameters as the engine's. */
final class ParameterMapper {
    private ParameterMapper() {}

    /** @throws UnsupportedFeatureException naming the first parameter that these models do not have */
    static void requireSupported(ChatRequestParameters parameters) {
        if (parameters.frequencyPenalty() != null) {
            throw unsupported("'frequencyPenalty' parameter is");
        }
        if (parameters.presencePenalty() != null) {
            throw unsupported("'presencePenalty' parameter is");
        }
    }

    /** The tools on offer: none when the request has none or forbids them. */
    static List<ToolSpecification> tools(ChatRequestParameters parameters) {
        return parameters.toolSpecifications() == null || parameters.toolChoice() == ToolChoice.NONE
                ? List.of()
                : parameters.toolSpecifications();
    }

    private static UnsupportedFeatureException unsupported(String what) {
        return new UnsupportedFeatureException(what + " not supported by IFT models");
    }

    /**
     * How long a request may take, if that is limited.
     *
     * @throws InvalidRequestException when it is not positive
     */
    static Optional<Duration> timeout(ChatRequestParameters parameters) {
        Duration timeout = parameters instanceof IftChatRequestParameters own ? own.timeout() : null;
        if (timeout != null && !timeout.isPositive()) {
            throw new InvalidRequestException("timeout must be positive, was " + timeout);
        }
        return Optional.ofNullable(timeout);
    }

    /**
     * The request with the given parameters in place of the model's defaults.
     *
     * @throws InvalidRequestException when a parameter is out of range
     */
    static GenerationRequest apply(ChatRequestParameters parameters, GenerationRequest request) {
        try {
            GenerationRequest result = request.withSampling(sampling(parameters, request.sampling()));
            if (parameters.maxOutputTokens() != null) {
                result = result.withMaxNewTokens(parameters.maxOutputTokens());
            }
            return result.withStopStrings(stopStrings(parameters, result));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }

    /** Those of the model's template and those of the request. */
    private static List<String> stopStrings(ChatRequestParameters parameters, GenerationRequest request) {
        return Stream.of(
                        request.stopStrings(),
                        Objects.requireNonNullElse(parameters.stopSequences(), List.<String>of()))
                .flatMap(List::stream)
                .toList();
    }

    private static SamplingParameters sampling(ChatRequestParameters parameters, SamplingParameters defaults) {
        SamplingParameters sampling = defaults;
        if (parameters.temperature() != null) {
            sampling = sampling.withTemperature(parameters.temperature());
        }
        if (parameters.topP() != null) {
            sampling = sampling.withTopP(parameters.topP());
        }
        if (parameters.topK() != null) {
            sampling = sampling.withTopK(parameters.topK());
        }
        if (parameters instanceof IftChatRequestParameters own) {
            if (own.minP() != null) {
                sampling = sampling.withMinP(own.minP());
            }
            if (own.repetitionPenalty() != null) {
                sampling = sampling.withRepetitionPenalty(own.repetitionPenalty());
            }
            if (own.seed() != null) {
                sampling = sampling.withSeed(own.seed());
            }
        }
        return sampling;
    }
}

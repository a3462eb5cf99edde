package io.github.ift4j.langchain4j;

import dev.langchain4j.model.language.LanguageModel;
import dev.langchain4j.model.output.Response;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.TextListener;
import io.github.ift4j.langchain4j.spi.IftLanguageModelBuilderFactory;

/**
 * Continues plain texts inside the JVM, without a chat template. Answers come from the calling thread; interrupting it breaks the answer
 * off.
 *
 * <p>Thread-safe.
 */
public class IftLanguageModel extends IftBaseModel implements LanguageModel {
    /** A model as the builder says. */
    public IftLanguageModel(IftLanguageModelBuilder builder) {
        super(builder);
    }

    /**
     * Continues a text.
     *
     * @throws dev.langchain4j.exception.LangChain4jException of the kind that says why there is no answer
     */
    @Override
    public Response<String> generate(String prompt) {
        PreparedRequest request = PreparedRequest.of(engine(), defaultRequestParameters(), prompt);
        return response(request.generate(TextListener.NONE, request.newCancellation()));
    }

    static Response<String> response(GenerationResult result) {
        return Response.from(result.text(), ResponseMapper.tokenUsage(result), ResponseMapper.finishReason(result));
    }

    /** A builder with nothing set. */
    public static IftLanguageModelBuilder builder() {
        return builder(IftLanguageModelBuilderFactory.class, IftLanguageModelBuilder::new);
    }

    /** Builds language models. */
    public static class IftLanguageModelBuilder extends Builder<IftLanguageModel, IftLanguageModelBuilder> {
        /** Public so that a factory can extend it. */
        public IftLanguageModelBuilder() {}

        @Override
        IftLanguageModelBuilder self() {
            return this;
        }

        @Override
        public IftLanguageModel build() {
            return new IftLanguageModel(this);
        }
    }
}

package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.StreamingResponseHandler;
import dev.langchain4j.model.language.StreamingLanguageModel;
import io.github.ift4j.langchain4j.spi.IftStreamingLanguageModelBuilderFactory;

/**
 * Continues plain texts inside the JVM, without a chat template, and hands the text out while it writes.
 *
 * <p>A request that cannot be answered throws at once; a model name that the engine does not serve goes to {@code onError}. All callbacks
 * of a request come from one thread of its own. What a callback throws goes to {@code onError} and the text goes on.
 *
 * <p>Thread-safe.
 */
public class IftStreamingLanguageModel extends IftBaseModel implements StreamingLanguageModel {
    /** A model as the builder says. */
    public IftStreamingLanguageModel(IftStreamingLanguageModelBuilder builder) {
        super(builder);
    }

    @Override
    public void generate(String prompt, StreamingResponseHandler<String> handler) {
        PreparedRequest prepared;
        try {
            prepared = PreparedRequest.of(engine(), defaultRequestParameters(), prompt);
        } catch (ModelNotFoundException e) {
            engine().stream(() -> StreamedText.tellError(handler, e), () -> {});
            return;
        }
        engine().stream(new StreamedText(prepared, handler), prepared);
    }

    /** A builder with nothing set. */
    public static IftStreamingLanguageModelBuilder builder() {
        return builder(IftStreamingLanguageModelBuilderFactory.class, IftStreamingLanguageModelBuilder::new);
    }

    /** Builds streaming language models. */
    public static class IftStreamingLanguageModelBuilder
            extends Builder<IftStreamingLanguageModel, IftStreamingLanguageModelBuilder> {
        /** Public so that a factory can extend it. */
        public IftStreamingLanguageModelBuilder() {}

        @Override
        IftStreamingLanguageModelBuilder self() {
            return this;
        }

        @Override
        public IftStreamingLanguageModel build() {
            return new IftStreamingLanguageModel(this);
        }
    }
}

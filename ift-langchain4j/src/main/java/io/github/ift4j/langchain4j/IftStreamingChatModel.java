package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.ift4j.langchain4j.spi.IftStreamingChatModelBuilderFactory;

/**
 * A chat model that runs inside the JVM and hands its answer out while it writes.
 *
 * <p>A request that asks for what these models do not have, or is too long, throws at once; a model name that the engine does not
 * serve goes to {@code onError}, as it does where a server has to be asked. All callbacks of a request come from one thread of its own. What a
 * callback throws goes to {@code onError} and the answer goes on; what {@code onError} throws is logged. After {@code cancel()}
 * nothing more comes.
 *
 * <p>Thread-safe.
 */
public class IftStreamingChatModel extends IftBaseChatModel implements StreamingChatModel {
    /** A model as the builder says. */
    public IftStreamingChatModel(IftStreamingChatModelBuilder builder) {
        super(builder);
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        PreparedRequest prepared;
        try {
            prepared = PreparedRequest.of(engine(), request);
        } catch (ModelNotFoundException e) {
            engine().stream(() -> StreamedAnswer.tellError(handler, e), () -> {});
            return;
        }
        engine().stream(new StreamedAnswer(prepared, handler), prepared);
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** A builder with nothing set. */
    public static IftStreamingChatModelBuilder builder() {
        return builder(IftStreamingChatModelBuilderFactory.class, IftStreamingChatModelBuilder::new);
    }

    /** Builds streaming chat models. */
    public static class IftStreamingChatModelBuilder
            extends Builder<IftStreamingChatModel, IftStreamingChatModelBuilder> {
        /** Public so that a factory can extend it. */
        public IftStreamingChatModelBuilder() {}

        @Override
        IftStreamingChatModelBuilder self() {
            return this;
        }

        @Override
        public IftStreamingChatModel build() {
            return new IftStreamingChatModel(this);
        }
    }
}

package io.github.ift4j.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.jlama.text.tools.ToolCallListener;
import io.github.ift4j.langchain4j.spi.IftChatModelBuilderFactory;

/**
 * A chat model that runs inside the JVM. Answers come from the calling thread; interrupting it breaks the answer off.
 *
 * <pre>{@code
 * try (IftEngine engine = IftEngine.load(Path.of("my-model"))) {
 *     ChatModel model = IftChatModel.builder().engine(engine).temperature(0.0).build();
 *     System.out.println(model.chat("Who are you?"));
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public class IftChatModel extends IftBaseChatModel implements ChatModel {
    /** A model as the builder says. */
    public IftChatModel(IftChatModelBuilder builder) {
        super(builder);
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        PreparedRequest prepared = PreparedRequest.of(engine(), request);
        return prepared.answer(ToolCallListener.NONE, prepared.newCancellation());
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** A builder with nothing set. */
    public static IftChatModelBuilder builder() {
        return builder(IftChatModelBuilderFactory.class, IftChatModelBuilder::new);
    }

    /** Builds chat models. */
    public static class IftChatModelBuilder extends Builder<IftChatModel, IftChatModelBuilder> {
        /** Public so that a factory can extend it. */
        public IftChatModelBuilder() {}

        @Override
        IftChatModelBuilder self() {
            return this;
        }

        @Override
        public IftChatModel build() {
            return new IftChatModel(this);
        }
    }
}

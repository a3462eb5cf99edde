package io.github.ift4j.langchain4j;

import com.google.common.collect.ImmutableList;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.AdapterRegistry.Lease;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.langchain4j.spi.IftTokenCountEstimatorBuilderFactory;
import java.util.List;
import java.util.Objects;

/**
 * Counts the tokens of a model's own tokenizer, messages as its chat template writes them. It makes LangChain4j's {@code
 * TokenWindowChatMemory} exact.
 *
 * <p>Thread-safe.
 */
public class IftTokenCountEstimator implements TokenCountEstimator {
    private static final Message QUESTION = Message.of("user", "?");

    private final IftEngine engine;
    private final String modelName;

    /** An estimator as the builder says. */
    public IftTokenCountEstimator(IftTokenCountEstimatorBuilder builder) {
        this.engine = Objects.requireNonNull(builder.engine, "engine must be set: IftEngine.load(directory)");
        this.modelName = builder.modelName;
    }

    /** The tokens of a text, without any that mark its beginning or end. */
    @Override
    public int estimateTokenCountInText(String text) {
        try (Lease lease = engine.acquire(modelName)) {
            return lease.model().text().tokenizer().encode(text, false).length;
        }
    }

    /**
     * The tokens of a message as the chat template writes it alone, or, where the template refuses that, of what it adds to a
     * conversation.
     */
    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return estimateTokenCountInMessages(List.of(message));
    }

    /**
     * The tokens of messages as the chat template writes them, without the beginning of an answer; of their texts alone for a model
     * without a template.
     */
    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        List<Message> mapped = MessageMapper.toMessages(ImmutableList.copyOf(messages));
        if (mapped.isEmpty()) {
            return 0;
        }
        try (Lease lease = engine.acquire(modelName)) {
            return count(lease.model().text(), mapped);
        }
    }

    private static int count(ModelText text, List<Message> messages) {
        if (text.chatTemplate().isEmpty()) {
            return texts(text, messages);
        }
        try {
            return rendered(text, messages);
        } catch (TemplateException refused) {
            return added(text, messages);
        }
    }

    /** What messages that cannot begin a conversation add to one; their texts where they cannot follow either. */
    private static int added(ModelText text, List<Message> messages) {
        try {
            List<Message> whole = ImmutableList.<Message>builder()
                    .add(QUESTION)
                    .addAll(messages)
                    .build();
            return rendered(text, whole) - rendered(text, List.of(QUESTION));
        } catch (TemplateException refused) {
            return texts(text, messages);
        }
    }

    private static int rendered(ModelText text, List<Message> messages) {
        String rendered = text.chatTemplate()
                .orElseThrow()
                .render(messages, List.of(), false)
                .text();
        return text.tokenizer().encode(rendered, false).length;
    }

    private static int texts(ModelText text, List<Message> messages) {
        return messages.stream()
                .mapToInt(message -> text.tokenizer().encode(message.fields().get("content") + "", false).length)
                .sum();
    }

    /** A builder with nothing set. */
    public static IftTokenCountEstimatorBuilder builder() {
        return IftBaseModel.builder(IftTokenCountEstimatorBuilderFactory.class, IftTokenCountEstimatorBuilder::new);
    }

    /** Builds estimators. Only the engine must be set. */
    public static class IftTokenCountEstimatorBuilder {
        private IftEngine engine;
        private String modelName;

        /** Public so that a factory can extend it. */
        public IftTokenCountEstimatorBuilder() {}

        /** The engine whose tokenizer counts. */
        public IftTokenCountEstimatorBuilder engine(IftEngine engine) {
            this.engine = engine;
            return this;
        }

        /** The name of a model of the engine, whose chat template counts; the engine's own unless set. */
        public IftTokenCountEstimatorBuilder modelName(String modelName) {
            this.modelName = modelName;
            return this;
        }

        /** Builds the estimator. */
        public IftTokenCountEstimator build() {
            return new IftTokenCountEstimator(this);
        }
    }
}

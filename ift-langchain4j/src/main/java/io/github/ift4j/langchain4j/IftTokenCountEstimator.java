package io.github.ift4j.langchain4j;

import com.google.common.collect.ImmutableList;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.AdapterRegistry.Lease;
import io.github.ift4j.langchain4j.spi.IftTokenCountEstimatorBuilderFactory;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;

/**
 * Counts the tokens of a model's own tokenizer, messages as its chat template writes them. LangChain4j's {@code TokenWindowChatMemory}
 * counts a conversation once and takes off what it evicts message by message; with these counts that leaves what the rest of the
 * conversation has, unless the template writes a message differently from place to place. What a request adds on top, such as tools
 * and the beginning of an answer, is not in the memory and not counted.
 *
 * <p>Thread-safe.
 */
public class IftTokenCountEstimator implements TokenCountEstimator {
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
     * The tokens that a message adds to a conversation; those of a system message together with what the chat template writes before
     * any message.
     */
    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return counting(counter ->
                counter.message(MessageMapper.toMessages(List.of(message)).getFirst()));
    }

    /**
     * The tokens of a conversation as the chat template writes it, with what that writes before any message and without the beginning of
     * an answer; where the template refuses the conversation, of each of its messages in another. For a model without a template the
     * tokens of their texts.
     */
    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        List<Message> mapped = MessageMapper.toMessages(ImmutableList.copyOf(messages));
        return mapped.isEmpty() ? 0 : counting(counter -> counter.conversation(mapped));
    }

    private int counting(ToIntFunction<MessageCounter> count) {
        try (Lease lease = engine.acquire(modelName)) {
            return count.applyAsInt(new MessageCounter(lease.model()));
        }
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

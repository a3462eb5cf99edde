package io.github.ift4j.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import java.util.List;
import java.util.Set;

/** What the blocking and the streaming chat model have in common. */
abstract class IftBaseChatModel extends IftBaseModel {
    private final List<ChatModelListener> listeners;

    IftBaseChatModel(Builder<?, ?> builder) {
        super(builder);
        this.listeners = builder.listeners == null ? List.of() : List.copyOf(builder.listeners);
    }

    /** Who is told of requests, responses and errors. */
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    /** JSON schemas are enforced. */
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    /** Collects what a chat model needs. */
    abstract static class Builder<M, B extends Builder<M, B>> extends IftBaseModel.Builder<M, B> {
        private List<ChatModelListener> listeners;

        /** Who is told of requests, responses and errors. */
        public B listeners(List<ChatModelListener> listeners) {
            this.listeners = listeners;
            return self();
        }
    }
}

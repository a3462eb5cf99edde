package io.github.ift4j.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;

/** What the blocking and the streaming chat model have in common: their engine, defaults and listeners. */
abstract class IftBaseChatModel {
    private final IftEngine engine;
    private final IftChatRequestParameters defaultRequestParameters;
    private final List<ChatModelListener> listeners;

    IftBaseChatModel(Builder<?, ?> builder) {
        this.engine = Objects.requireNonNull(builder.engine, "engine must be set: IftEngine.load(directory)");
        this.defaultRequestParameters = builder.parameters();
        this.listeners = builder.listeners == null ? List.of() : List.copyOf(builder.listeners);
        ParameterMapper.requireSupported(defaultRequestParameters);
    }

    IftEngine engine() {
        return engine;
    }

    /** What holds for every request that does not say otherwise. */
    public IftChatRequestParameters defaultRequestParameters() {
        return defaultRequestParameters;
    }

    /** Who is told of requests, responses and errors. */
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    /** JSON schemas are enforced. */
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    /** The builder of the first factory on the class path, else the given one. */
    static <B> B builder(Class<? extends Supplier<B>> factory, Supplier<B> otherwise) {
        return ServiceLoader.load(factory).findFirst().<B>map(Supplier::get).orElseGet(otherwise);
    }

    /**
     * Collects what a chat model needs. Every setting but the engine may be left out; the model's own
     * {@code generation_config.json} decides then.
     */
    abstract static class Builder<M, B extends Builder<M, B>> {
        private IftEngine engine;
        private ChatRequestParameters defaultRequestParameters;
        private final IftChatRequestParameters.Builder parameters = IftChatRequestParameters.builder();
        private List<ChatModelListener> listeners;

        abstract B self();

        /** Builds the model. */
        public abstract M build();

        private IftChatRequestParameters parameters() {
            ChatRequestParameters defaults =
                    defaultRequestParameters == null ? DefaultChatRequestParameters.EMPTY : defaultRequestParameters;
            return IftChatRequestParameters.builder()
                    .modelName(engine.modelName())
                    .overrideWith(defaults)
                    .overrideWith(parameters.build())
                    .build();
        }

        /** The engine that answers; many models may share it. */
        public B engine(IftEngine engine) {
            this.engine = engine;
            return self();
        }

        /** Parameters of requests that do not set them; the settings of this builder take precedence. */
        public B defaultRequestParameters(ChatRequestParameters defaultRequestParameters) {
            this.defaultRequestParameters = defaultRequestParameters;
            return self();
        }

        /** The name of a model of the engine. */
        public B modelName(String modelName) {
            parameters.modelName(modelName);
            return self();
        }

        /** 0 takes the most probable token; greater values draw more freely. */
        public B temperature(Double temperature) {
            parameters.temperature(temperature);
            return self();
        }

        /** Only the most probable tokens that together reach this probability are drawn, above 0 to 1. */
        public B topP(Double topP) {
            parameters.topP(topP);
            return self();
        }

        /** Only this many of the most probable tokens are drawn; 0 is all. */
        public B topK(Integer topK) {
            parameters.topK(topK);
            return self();
        }

        /** See {@link IftChatRequestParameters#minP()}. */
        public B minP(Double minP) {
            parameters.minP(minP);
            return self();
        }

        /** See {@link IftChatRequestParameters#repetitionPenalty()}. */
        public B repetitionPenalty(Double repetitionPenalty) {
            parameters.repetitionPenalty(repetitionPenalty);
            return self();
        }

        /** See {@link IftChatRequestParameters#seed()}. */
        public B seed(Long seed) {
            parameters.seed(seed);
            return self();
        }

        /** Most tokens of an answer. */
        public B maxOutputTokens(Integer maxOutputTokens) {
            parameters.maxOutputTokens(maxOutputTokens);
            return self();
        }

        /** An answer ends before the first of these. */
        public B stopSequences(List<String> stopSequences) {
            parameters.stopSequences(stopSequences);
            return self();
        }

        /** Who is told of requests, responses and errors. */
        public B listeners(List<ChatModelListener> listeners) {
            this.listeners = listeners;
            return self();
        }
    }
}

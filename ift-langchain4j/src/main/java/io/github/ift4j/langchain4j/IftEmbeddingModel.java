package io.github.ift4j.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.github.ift4j.jlama.generation.AdapterRegistry.Lease;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.Pooling;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.Encoding;
import io.github.ift4j.langchain4j.spi.IftEmbeddingModelBuilderFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Makes vectors of texts inside the JVM: the hidden states of a text's tokens after the model's last norm, pooled and, unless told
 * otherwise, brought to length 1. Texts are read as they are, without a chat template; those of one request share steps of the model.
 *
 * <p>A model that was not trained for it gives vectors that compare texts roughly; for search, use one that was, such as {@code
 * Qwen3-Embedding} with {@link Pooling#LAST_TOKEN}.
 *
 * <p>Thread-safe.
 */
public class IftEmbeddingModel implements EmbeddingModel {
    private final IftEngine engine;
    private final String modelName;
    private final Pooling pooling;
    private final boolean normalized;
    private final boolean truncated;
    private final Optional<Duration> timeout;
    private final List<EmbeddingModelListener> listeners;

    /** A model as the builder says. */
    public IftEmbeddingModel(IftEmbeddingModelBuilder builder) {
        this.engine = Objects.requireNonNull(builder.engine, "engine must be set: IftEngine.load(directory)");
        this.modelName = Objects.requireNonNullElse(builder.modelName, engine.modelName());
        this.pooling = builder.pooling;
        this.normalized = builder.normalize;
        this.truncated = builder.truncate;
        this.timeout = Optional.ofNullable(builder.timeout);
        this.listeners = builder.listeners == null ? List.of() : List.copyOf(builder.listeners);
    }

    /**
     * Embeds texts.
     *
     * @throws InvalidRequestException when a text is too long and is not to be cut, or has no tokens
     * @throws dev.langchain4j.exception.ModelNotFoundException when the engine serves no model of that name
     * @throws dev.langchain4j.exception.TimeoutException when the time was up before all were read
     * @throws dev.langchain4j.exception.RateLimitException when too many others wait
     * @throws LangChain4jException when the request was broken off
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        String asked = request.modelName();
        try (Lease lease = engine.acquire(asked == null ? modelName : asked)) {
            TextModel model = lease.model();
            List<int[]> sequences = new ArrayList<>();
            for (EmbeddingInput input : request.inputs()) {
                sequences.add(tokens(model, input.text(), sequences.size()));
            }
            int tokens =
                    sequences.stream().mapToInt(sequence -> sequence.length).sum();
            return EmbeddingResponse.builder()
                    .embeddings(embeddings(vectors(model, sequences)))
                    .modelName(model.name())
                    .tokenUsage(new TokenUsage(tokens))
                    .build();
        }
    }

    private int[] tokens(TextModel model, String text, int index) {
        int most = model.contextLength();
        Encoding encoding = model.text().rawEncoding(text);
        if (encoding.length() == 0) {
            throw new InvalidRequestException("text " + index + " of the request has no tokens; leave it out");
        }
        if (encoding.length() > most && !truncated) {
            throw new InvalidRequestException("text " + index + " of the request has " + encoding.length()
                    + " tokens but the model's context holds " + most
                    + "; split it, or build the model with truncate(true)");
        }
        return encoding.cut(most).ids();
    }

    private float[][] vectors(TextModel model, List<int[]> sequences) {
        Cancellation cancellation = timeout.map(Cancellation::after).orElseGet(Cancellation::new);
        Optional<float[][]> vectors = EngineExceptions.mapping(() -> model.embed(sequences, pooling, cancellation));
        if (vectors.isEmpty()) {
            EngineExceptions.checkTime(cancellation, timeout);
        }
        return vectors.orElseThrow(() -> new LangChain4jException(
                "the request was broken off: its thread was interrupted or the engine was closed"));
    }

    private List<Embedding> embeddings(float[][] vectors) {
        List<Embedding> embeddings = new ArrayList<>();
        for (float[] vector : vectors) {
            Embedding embedding = Embedding.from(vector);
            if (normalized) {
                embedding.normalize();
            }
            embeddings.add(embedding);
        }
        return embeddings;
    }

    /** A request may name another model of the engine. */
    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.MODEL_NAME);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public int dimension() {
        return engine.textModel().embeddingSize();
    }

    @Override
    public String modelName() {
        return modelName;
    }

    /** A builder with nothing set. */
    public static IftEmbeddingModelBuilder builder() {
        return IftBaseModel.builder(IftEmbeddingModelBuilderFactory.class, IftEmbeddingModelBuilder::new);
    }

    /** Builds embedding models. Only the engine must be set. */
    public static class IftEmbeddingModelBuilder {
        private IftEngine engine;
        private String modelName;
        private Pooling pooling = Pooling.MEAN;
        private boolean normalize = true;
        private boolean truncate;
        private Duration timeout;
        private List<EmbeddingModelListener> listeners;

        /** Public so that a factory can extend it. */
        public IftEmbeddingModelBuilder() {}

        /** The engine that reads; many models may share it. */
        public IftEmbeddingModelBuilder engine(IftEngine engine) {
            this.engine = engine;
            return this;
        }

        /** The name of a model of the engine: its own, which holds unless set, or that of an adapter. */
        public IftEmbeddingModelBuilder modelName(String modelName) {
            this.modelName = modelName;
            return this;
        }

        /** How the hidden states become one vector; {@link Pooling#MEAN} unless set. */
        public IftEmbeddingModelBuilder pooling(Pooling pooling) {
            this.pooling = Objects.requireNonNull(pooling, "pooling must not be null");
            return this;
        }

        /** Whether vectors are brought to length 1; true unless set. */
        public IftEmbeddingModelBuilder normalize(boolean normalize) {
            this.normalize = normalize;
            return this;
        }

        /**
         * Whether a text that is too long for the context is cut at its end, before the tokens that the tokenizer adds there; refused
         * unless set.
         */
        public IftEmbeddingModelBuilder truncate(boolean truncate) {
            this.truncate = truncate;
            return this;
        }

        /** How long a request may take, waiting and reading together; no limit unless set. */
        public IftEmbeddingModelBuilder timeout(Duration timeout) {
            this.timeout = timeout;
            return this;
        }

        /** Who is told of requests, responses and errors. */
        public IftEmbeddingModelBuilder listeners(List<EmbeddingModelListener> listeners) {
            this.listeners = listeners;
            return this;
        }

        /** Builds the model. */
        public IftEmbeddingModel build() {
            return new IftEmbeddingModel(this);
        }
    }
}

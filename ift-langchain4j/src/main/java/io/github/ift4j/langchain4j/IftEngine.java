package io.github.ift4j.langchain4j;

import com.google.common.base.Preconditions;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.github.ift4j.jlama.generation.AdapterRegistry;
import io.github.ift4j.jlama.generation.AdapterRegistry.Lease;
import io.github.ift4j.jlama.generation.AdapterRegistry.LoadedAdapter;
import io.github.ift4j.jlama.generation.LoadOptions;
import io.github.ift4j.jlama.generation.ModelVersion;
import io.github.ift4j.jlama.generation.Occupancy;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.hub.ModelHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One loaded model that any number of LangChain4j models share: one copy of the weights, many adapters, many requests at a time.
 *
 * <p>Adapters come, go and are replaced while it runs. A request names the one that is to answer as its model, or as its {@link
 * IftChatRequestParameters#adapter() adapter}; it keeps the version that had the name when it came.
 *
 * <p>Close it when the last of them is done. Thread-safe.
 */
public final class IftEngine implements AutoCloseable {
    private final AdapterRegistry models;
    private final ExecutorService streams;

    private IftEngine(TextModel model) {
        this.models = new AdapterRegistry(model);
        this.streams = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("ift-stream-", 0).factory());
    }

    /**
     * An engine over the model of a HuggingFace directory.
     *
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when a file is missing or broken; the message names it
     * @throws IllegalStateException when the JVM was started without the vector API; the message names the flag
     */
    public static IftEngine load(Path directory) {
        return builder().modelPath(directory).build();
    }

    /** A builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** An engine over a model that is loaded already; closing the engine closes the model. */
    public static IftEngine of(TextModel model) {
        return new IftEngine(model);
    }

    /** What responses call the model. */
    public String modelName() {
        return textModel().name();
    }

    /** Most tokens of a prompt and its answer together. */
    public int contextLength() {
        return textModel().contextLength();
    }

    /** How busy the engine is now, and whether it has been closed. */
    public Occupancy occupancy() {
        return textModel().occupancy();
    }

    /** The model behind the engine, without those adapters that {@link #loadAdapter} loads. */
    public TextModel textModel() {
        return models.base();
    }

    /**
     * Loads an adapter under a name, in place of what had it before. Requests that come from now on get the new one; answers under way end
     * on the one that they began with.
     *
     * @param directory of a PEFT adapter of the model, with the chat template that it was tuned with, if it has its own
     * @return its version, as the metadata of its answers tell it
     * @throws IllegalArgumentException when the name is blank or that of the model
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when the directory cannot be used; what had the name keeps it
     * @throws IllegalStateException when the engine has been closed, or was made of a model that cannot take adapters
     */
    public ModelVersion loadAdapter(String name, Path directory) {
        return models.load(name, directory);
    }

    /**
     * Takes an adapter out of service. Answers under way end on it; its memory is freed when the last of them does.
     *
     * @throws ModelNotFoundException when there is none of that name
     */
    public void unloadAdapter(String name) {
        if (!models.unload(name)) {
            throw notFound(name);
        }
    }

    /** The adapters that are loaded, in the order of their names. */
    public List<LoadedAdapter> adapters() {
        return models.adapters();
    }

    /**
     * {@link #close(Duration)} without a grace.
     *
     * @throws IllegalStateException when called by a callback of one of its requests
     */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /**
     * Refuses new requests, lets those that were accepted finish for some time, ends what is left of them and frees the memory of the
     * model and its adapters.
     *
     * @param grace how long
     * @throws IllegalStateException when called by a callback of one of its requests
     */
    public void close(Duration grace) {
        models.close(grace);
        streams.shutdown();
    }

    /** Holds the model that the parameters of a request name; without a name, that of the engine. */
    Lease acquire(ChatRequestParameters parameters) {
        boolean named = parameters instanceof IftChatRequestParameters own && own.adapter() != null;
        return acquire(named ? ((IftChatRequestParameters) parameters).adapter() : parameters.modelName());
    }

    /** Holds the model of a name; null means that of the engine. */
    Lease acquire(String name) {
        String known = name == null ? modelName() : name;
        return EngineExceptions.mapping(() -> models.acquire(known)).orElseThrow(() -> notFound(known));
    }

    private ModelNotFoundException notFound(String name) {
        String served = Stream.concat(
                        Stream.of(modelName()),
                        adapters().stream().map(adapter -> adapter.version().modelName()))
                .map(known -> "'" + known + "'")
                .collect(Collectors.joining(", "));
        return new ModelNotFoundException("there is no model named '" + name + "' in this engine; it serves " + served);
    }

    /**
     * Runs a streamed answer on a thread of its own.
     *
     * @param request closed when there is no thread for it any more
     * @throws LangChain4jException when the engine has been closed
     */
    void stream(Runnable answer, AutoCloseable request) {
        try {
            streams.execute(answer);
        } catch (RejectedExecutionException e) {
            EngineExceptions.close(request);
            throw new LangChain4jException("the model has been closed; load it again", e);
        }
    }

    /** Collects how to load a model. Only its directory must be set. */
    public static final class Builder {
        private Path modelPath;
        private String hubModel;
        private ModelHub hub;
        private boolean download;
        private String modelName;
        private Path adapterPath;
        private Path draftModelPath;
        private Path chatTemplate;
        private Integer maxConcurrentRequests;
        private Integer maxQueuedRequests;
        private Long idleContextBytes;

        private Builder() {}

        /** The HuggingFace directory with weights, tokenizer and configuration. */
        public Builder modelPath(Path modelPath) {
            this.modelPath = modelPath;
            return this;
        }

        /**
         * A model of the HuggingFace hub, {@code owner/name}, in place of {@link #modelPath}. It has to be on disk already, unless {@link
         * #download} says otherwise.
         */
        public Builder hubModel(String hubModel) {
            this.hubModel = hubModel;
            return this;
        }

        /** Which hub, and where on disk its models lie; {@link ModelHub#huggingFace()} unless set. */
        public Builder hub(ModelHub hub) {
            this.hub = hub;
            return this;
        }

        /** Whether the model of the hub is fetched if it is not on disk; false unless set, and then nothing is asked of the network. */
        public Builder download(boolean download) {
            this.download = download;
            return this;
        }

        /** A directory with a PEFT adapter of the model; none unless set. */
        public Builder adapterPath(Path adapterPath) {
            this.adapterPath = adapterPath;
            return this;
        }

        /**
         * The directory of a smaller model of the same vocabulary that proposes what the model then verifies. Answers stay what they are,
         * token for token, and come faster where it is often right and few requests run at a time; none unless set.
         */
        public Builder draftModelPath(Path draftModelPath) {
            this.draftModelPath = draftModelPath;
            return this;
        }

        /** What responses call the model; the name of the adapter's or the model's directory unless set. */
        public Builder modelName(String modelName) {
            this.modelName = modelName;
            return this;
        }

        /** A file with a chat template that takes precedence over the directory's own. */
        public Builder chatTemplate(Path chatTemplate) {
            this.chatTemplate = chatTemplate;
            return this;
        }

        /** Most requests that are answered at a time; more of them wait. 16 unless set. */
        public Builder maxConcurrentRequests(Integer maxConcurrentRequests) {
            this.maxConcurrentRequests = maxConcurrentRequests;
            return this;
        }

        /**
         * Most requests that wait for their turn; more of them are refused with {@link
         * dev.langchain4j.exception.RateLimitException}. 256 unless set.
         */
        public Builder maxQueuedRequests(Integer maxQueuedRequests) {
            this.maxQueuedRequests = maxQueuedRequests;
            return this;
        }

        /**
         * Most memory, in bytes, that the keys and values of requests that have ended may take. A request whose prompt begins as one of
         * them did, as a chat's next turn does, reads only what is new; those that were used longest ago go first. 512 MiB unless set, 0
         * to keep none.
         */
        public Builder idleContextBytes(long idleContextBytes) {
            this.idleContextBytes = idleContextBytes;
            return this;
        }

        /**
         * Loads the model; throws as {@link IftEngine#load}.
         *
         * @throws ModelNotFoundException when a model of the hub is not on disk and must not be fetched
         * @throws io.github.ift4j.jlama.hub.HubException when it cannot be fetched
         */
        public IftEngine build() {
            Path directory = directory();
            LoadOptions defaults = LoadOptions.DEFAULTS;
            return of(TextModel.load(
                    directory,
                    new LoadOptions(
                            Optional.ofNullable(modelName),
                            Optional.ofNullable(adapterPath),
                            Optional.ofNullable(draftModelPath),
                            Optional.ofNullable(chatTemplate),
                            maxConcurrentRequests == null ? defaults.maxConcurrentRequests() : maxConcurrentRequests,
                            maxQueuedRequests == null ? defaults.maxQueuedRequests() : maxQueuedRequests,
                            idleContextBytes == null ? defaults.idleContextBytes() : idleContextBytes)));
        }

        private Path directory() {
            if (hubModel == null) {
                return Objects.requireNonNull(modelPath, "modelPath must be set: the directory of the model");
            }
            Preconditions.checkArgument(modelPath == null, "set modelPath or hubModel, not both");
            ModelHub from = hub == null ? ModelHub.huggingFace() : hub;
            if (download) {
                return from.download(hubModel);
            }
            return from.find(hubModel)
                    .orElseThrow(() -> new ModelNotFoundException("the model '" + hubModel
                            + "' is not on disk; fetch it once with IftEngine.builder().download(true)"));
        }
    }
}

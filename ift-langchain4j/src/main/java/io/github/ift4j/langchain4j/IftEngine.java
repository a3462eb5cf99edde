package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.ModelNotFoundException;
import io.github.ift4j.jlama.generation.LoadOptions;
import io.github.ift4j.jlama.generation.TextModel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One loaded model that any number of LangChain4j models share: one copy of the weights, many requests at a time.
 *
 * <p>Close it when the last of them is done. Thread-safe.
 */
public final class IftEngine implements AutoCloseable {
    private final TextModel model;
    private final ExecutorService streams;

    private IftEngine(TextModel model) {
        this.model = model;
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
        return model.name();
    }

    /** Most tokens of a prompt and its answer together. */
    public int contextLength() {
        return model.contextLength();
    }

    /** The model behind the engine. */
    public TextModel textModel() {
        return model;
    }

    /**
     * Ends the requests under way, refuses new ones and frees the model's memory.
     *
     * @throws IllegalStateException when called by a callback of one of its requests
     */
    @Override
    public void close() {
        model.close();
        streams.shutdown();
    }

    /** The model of this name; null means the only one. */
    TextModel named(String name) {
        if (name != null && !name.equals(model.name())) {
            throw new ModelNotFoundException(
                    "there is no model named '" + name + "' in this engine; it serves '" + model.name() + "'");
        }
        return model;
    }

    /** Runs the callbacks of one streamed answer on a thread of its own. */
    void stream(Runnable answer) {
        streams.execute(answer);
    }

    /** Collects how to load a model. Only its directory must be set. */
    public static final class Builder {
        private Path modelPath;
        private String modelName;
        private Path adapterPath;
        private Path draftModelPath;
        private Path chatTemplate;
        private Integer maxConcurrentRequests;
        private Long idleContextBytes;

        private Builder() {}

        /** The HuggingFace directory with weights, tokenizer and configuration. */
        public Builder modelPath(Path modelPath) {
            this.modelPath = modelPath;
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
         * Most memory, in bytes, that the keys and values of requests that have ended may take. A request whose prompt begins as one of
         * them did, as a chat's next turn does, reads only what is new; those that were used longest ago go first. 512 MiB unless set, 0
         * to keep none.
         */
        public Builder idleContextBytes(long idleContextBytes) {
            this.idleContextBytes = idleContextBytes;
            return this;
        }

        /** Loads the model; throws as {@link IftEngine#load}. */
        public IftEngine build() {
            Objects.requireNonNull(modelPath, "modelPath must be set: the directory of the model");
            LoadOptions defaults = LoadOptions.DEFAULTS;
            return of(TextModel.load(
                    modelPath,
                    new LoadOptions(
                            Optional.ofNullable(modelName),
                            Optional.ofNullable(adapterPath),
                            Optional.ofNullable(draftModelPath),
                            Optional.ofNullable(chatTemplate),
                            maxConcurrentRequests == null ? defaults.maxConcurrentRequests() : maxConcurrentRequests,
                            idleContextBytes == null ? defaults.idleContextBytes() : idleContextBytes)));
        }
    }
}

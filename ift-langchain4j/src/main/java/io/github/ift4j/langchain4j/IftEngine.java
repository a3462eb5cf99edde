package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.ModelNotFoundException;
import io.github.ift4j.jlama.generation.TextModel;
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
}

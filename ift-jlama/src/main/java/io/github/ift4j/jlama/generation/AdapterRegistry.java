package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A model and the adapters that are loaded over its one copy of the weights, by name. They come, go and are replaced while requests run.
 *
 * <p>Whoever asks {@linkplain #acquire acquires} what has the name at that moment and keeps it until done: an adapter that is unloaded or
 * replaced in the meantime goes on answering those who hold it, and its memory is freed when the last of them lets go. So an answer is
 * never dropped, and never comes from two versions.
 *
 * <p>Thread-safe.
 */
public final class AdapterRegistry implements AutoCloseable {
    private final TextModel base;
    /** In the order of the names. */
    private final Map<String, Served> adapters = new TreeMap<>();

    /** How many versions of each name there have been. */
    private final Map<String, Integer> numbers = new HashMap<>();

    private boolean closed;

    /** @param base answers to its own name; closed with the registry */
    public AdapterRegistry(TextModel base) {
        this.base = base;
    }

    /**
     * An adapter that is loaded.
     *
     * @param version its name, number and SHA-256
     * @param directory where it came from
     */
    public record LoadedAdapter(ModelVersion version, Path directory) {}

    /** A version of a model that is held, so that it stays loaded; to be closed when the answer is complete. */
    public static final class Lease implements AutoCloseable {
        private final TextModel model;
        private final Runnable release;
        private boolean released;

        private Lease(TextModel model, Runnable release) {
            this.model = model;
            this.release = release;
        }

        /** What answers; of no use after {@link #close}. */
        public TextModel model() {
            return model;
        }

        /** Lets go; a second call has no effect. */
        @Override
        public void close() {
            synchronized (this) {
                if (released) {
                    return;
                }
                released = true;
            }
            release.run();
        }
    }

    /** An adapter with the number of those who hold it; guarded by the registry. */
    private final class Served {
        private final TextModel model;
        private final Path directory;
        private int holders;
        private boolean retired;

        Served(TextModel model, Path directory) {
            this.model = model;
            this.directory = directory;
        }

        Lease lease() {
            holders++;
            return new Lease(model, this::release);
        }

        private void release() {
            boolean free;
            synchronized (AdapterRegistry.this) {
                holders--;
                free = retired && holders == 0;
            }
            if (free) {
                model.close();
            }
        }

        /** To be called without the lock. */
        void retire() {
            boolean free;
            synchronized (AdapterRegistry.this) {
                free = !retired && holders == 0;
                retired = true;
            }
            if (free) {
                model.close();
            }
        }
    }

    /** The model without adapters. */
    public TextModel base() {
        return base;
    }

    /**
     * Loads an adapter under a name, in place of what had it before. Requests that come from now on get the new one.
     *
     * @param directory of a PEFT adapter of the model
     * @return its version, with the number 1 for the first of a name
     * @throws IllegalArgumentException when the name is blank or that of the model
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when the directory cannot be used; what had the name keeps it
     * @throws IllegalStateException when the registry has been closed, or the model cannot take adapters
     */
    public ModelVersion load(String name, Path directory) {
        Preconditions.checkArgument(
                !name.isBlank() && !name.equals(base.name()),
                "an adapter needs a name of its own, was '%s'; the model is called '%s'",
                name,
                base.name());
        int number;
        synchronized (this) {
            checkOpen();
            number = numbers.merge(name, 1, Integer::sum);
        }
        Served loaded = new Served(base.adapted(name, number, directory), directory);
        Served replaced = put(name, loaded);
        if (replaced != null) {
            replaced.retire();
        }
        return loaded.model.version();
    }

    /** What had the name and has it no more: nothing, what was there, or the new one where a later one has come before it. */
    private synchronized Served put(String name, Served loaded) {
        Served before = adapters.get(name);
        if (closed
                || before != null
                        && before.model.version().number()
                                > loaded.model.version().number()) {
            return loaded;
        }
        adapters.put(name, loaded);
        return before;
    }

    /**
     * Takes an adapter out of service.
     *
     * @return whether there was one of that name
     */
    public boolean unload(String name) {
        Served removed;
        synchronized (this) {
            removed = adapters.remove(name);
        }
        if (removed != null) {
            removed.retire();
        }
        return removed != null;
    }

    /** The adapters that are loaded, in the order of their names. */
    public synchronized List<LoadedAdapter> adapters() {
        return adapters.values().stream()
                .map(served -> new LoadedAdapter(served.model.version(), served.directory))
                .toList();
    }

    /**
     * Holds what has a name.
     *
     * @return empty when neither the model nor an adapter has it
     * @throws IllegalStateException when the registry has been closed
     */
    public synchronized Optional<Lease> acquire(String name) {
        checkOpen();
        return name.equals(base.name())
                ? Optional.of(new Lease(base, () -> {}))
                : Optional.ofNullable(adapters.get(name)).map(Served::lease);
    }

    private void checkOpen() {
        Preconditions.checkState(!closed, "the model has been closed; load it again");
    }

    /** {@link #close(Duration)} without a grace. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /** Closes the model as {@link TextModel#close(Duration)} does, and all adapters. */
    public void close(Duration grace) {
        base.close(grace);
        List<Served> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(adapters.values());
            adapters.clear();
        }
        all.forEach(Served::retire);
    }
}

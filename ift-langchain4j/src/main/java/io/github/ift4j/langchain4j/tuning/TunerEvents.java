package io.github.ift4j.langchain4j.tuning;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Tells listeners what a tuner does, and remembers what it could not do lately. Thread-safe. */
final class TunerEvents {
    private static final System.Logger LOGGER = System.getLogger(ContinualTuner.class.getName());

    private final List<TunerListener> listeners;
    private volatile String problem;

    TunerEvents(List<TunerListener> listeners) {
        this.listeners = new CopyOnWriteArrayList<>(listeners);
    }

    void add(TunerListener listener) {
        listeners.add(listener);
    }

    void remove(TunerListener listener) {
        listeners.remove(listener);
    }

    /** Tells all listeners; one that fails, be it with an error, keeps nothing from the others and does not end the thread that tells. */
    void tell(Consumer<TunerListener> event) {
        for (TunerListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                warn("a listener of the tuner failed with " + e.getClass().getName());
            }
        }
    }

    /** Remembers a problem. */
    void note(String what) {
        problem = what;
    }

    /** Remembers a problem and logs it. */
    void warn(String what) {
        note(what);
        LOGGER.log(System.Logger.Level.WARNING, what);
    }

    /** The last one. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }
}

package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.QueueFullException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** The engine's exceptions as LangChain4j's. */
final class EngineExceptions {
    private EngineExceptions() {}

    /**
     * Calls the engine.
     *
     * @throws InvalidRequestException when it refuses an argument: a prompt that is too long, a value out of range
     * @throws RateLimitException when too many requests wait
     * @throws LangChain4jException when it has been closed or fails
     */
    static <T> T mapping(Supplier<T> call) {
        try {
            return call.get();
        } catch (QueueFullException e) {
            throw new RateLimitException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new LangChain4jException(e.getMessage(), e);
        }
    }

    /** {@link #mapping(Supplier)} of a call without a result. */
    static void mapping(Runnable call) {
        mapping(() -> {
            call.run();
            return null;
        });
    }

    /** @throws TimeoutException when a request was ended because its time was up */
    static void checkTime(Cancellation cancellation, Optional<Duration> timeout) {
        if (timeout.isPresent() && cancellation.isExpired() && !cancellation.isCancelled()) {
            throw new TimeoutException("the request was not done within its timeout of " + timeout.get()
                    + ", waiting included; give it more time, or ask for fewer tokens");
        }
    }

    /** Closes what nobody answers. */
    static void close(AutoCloseable request) {
        try {
            request.close();
        } catch (Exception e) {
            throw new LangChain4jException(e);
        }
    }
}

package io.github.ift4j.langchain4j.recording;

import java.util.Optional;

/**
 * Who talks to a model, and in which conversation. Use pseudonyms: these two are written as they are.
 *
 * <p>A request belongs to the speaker of the scope that it is made in,
 *
 * <pre>{@code
 * Answer answer = Speaker.of("user-7", "chat-3").call(() -> assistant.chat(question));
 * }</pre>
 *
 * or to the one in its listener attributes under {@link #ATTRIBUTE}.
 *
 * @param user who asks, if known; by this name all of theirs can be forgotten
 * @param conversation to which the exchange belongs, if known
 */
public record Speaker(Optional<String> user, Optional<String> conversation) {
    /** Nobody in particular. */
    public static final Speaker UNKNOWN = new Speaker(Optional.empty(), Optional.empty());

    /** Key of a {@code Speaker} among the listener attributes of {@code ChatRequestOptions}. */
    public static final Object ATTRIBUTE = "ift.speaker";

    private static final ScopedValue<Speaker> CURRENT = ScopedValue.newInstance();

    /** A known user in a known conversation. */
    public static Speaker of(String user, String conversation) {
        return new Speaker(Optional.of(user), Optional.of(conversation));
    }

    /** A known user. */
    public static Speaker of(String user) {
        return new Speaker(Optional.of(user), Optional.empty());
    }

    /** The speaker of the scope that the calling thread is in, or {@link #UNKNOWN}. */
    public static Speaker current() {
        return CURRENT.orElse(UNKNOWN);
    }

    /** Runs with this speaker. Requests that other threads make are not in the scope. */
    public void run(Runnable action) {
        ScopedValue.where(CURRENT, this).run(action);
    }

    /**
     * Calls with this speaker, as {@link #run} does.
     *
     * @throws X what {@code action} throws
     */
    public <R, X extends Throwable> R call(ScopedValue.CallableOp<? extends R, X> action) throws X {
        return ScopedValue.where(CURRENT, this).call(action);
    }
}

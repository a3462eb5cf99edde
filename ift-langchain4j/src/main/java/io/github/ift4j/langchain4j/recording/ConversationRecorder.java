package io.github.ift4j.langchain4j.recording;

import com.google.common.base.Preconditions;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import io.github.ift4j.core.files.OwnerOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Writes what users ask and models answer into the files of a folder, so that a model can learn from the good part of it. It
 * listens to any LangChain4j chat model, blocking or streaming:
 *
 * <pre>{@code
 * ConversationRecorder recorder = ConversationRecorder.builder(Path.of("conversations"))
 *         .consent(speaker -> settings.agreed(speaker.user()))
 *         .redaction(Redaction.common())
 *         .build();
 * ChatModel model = IftChatModel.builder().engine(engine).listeners(List.of(recorder)).build();
 * ChatResponse response = Speaker.of("user-7").call(() -> model.chat(UserMessage.from("Who are you?")));
 * recorder.rate(response.id(), Rating.GOOD);
 * }</pre>
 *
 * <p>Nothing is recorded of a speaker unless the builder was told who consents, and this one did when the request came. An
 * exchange is redacted before it is written, and neither text nor the messages of exceptions that may hold text are ever logged.
 * Files and folder are closed to other users, where the file system knows permissions.
 *
 * <p>All disk work is done by one thread behind a bounded queue. Requests never wait for it: what finds the queue full is dropped and
 * counted. A batch of exchanges is forced to disk together; a crash loses what was in the queue and the batch at most, and a line that it
 * left unfinished is cut off and counted when the folder is opened again.
 *
 * <p>An exchange is known by the id of its response ({@code ChatResponse.id()}), or by a random one where the model gives none; it is also
 * in the listener attributes, under {@link #EXCHANGE_ID}, for listeners that come after this one. Ids are taken to be unique.
 *
 * <p>Thread-safe.
 */
public final class ConversationRecorder implements ChatModelListener, AutoCloseable {
    /** Key of the id of an exchange among the listener attributes of its response. */
    public static final String EXCHANGE_ID = "ift.exchange.id";

    private static final System.Logger LOGGER = System.getLogger(ConversationRecorder.class.getName());

    private final Path folder;
    private final ConversationStore store;
    private final RecorderThread thread;
    private final Function<ChatModelRequestContext, Speaker> speaker;
    private final Predicate<Speaker> consent;
    private final Redaction redaction;
    private final Clock clock;
    private final Object key = new Object();

    private ConversationRecorder(Builder builder) {
        this.folder = builder.folder;
        this.speaker = builder.speaker;
        this.consent = builder.consent;
        this.redaction = builder.redaction;
        this.clock = builder.clock;
        try {
            this.store = ConversationStore.open(folder, builder.limits, clock.instant());
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": conversations cannot be recorded here: " + e.getMessage(), e);
        }
        this.thread = new RecorderThread(store, new ExchangeMapper(redaction), builder.limits, builder.queue, clock);
        if (!OwnerOnly.isSupported(folder)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    folder + ": this file system has no POSIX permissions; see yourself that others cannot read it");
        }
    }

    /**
     * A builder for a recorder into a folder, which is made if need be. Unless {@link Builder#consent} is called, nothing is recorded.
     */
    public static Builder builder(Path folder) {
        return new Builder(folder);
    }

    @Override
    public void onRequest(ChatModelRequestContext context) {
        Speaker asking = Speaker.UNKNOWN;
        boolean agreed = false;
        try {
            asking = Objects.requireNonNullElse(speaker.apply(context), Speaker.UNKNOWN);
            agreed = consent.test(asking);
        } catch (RuntimeException e) {
            thread.problem(
                    "asking for consent failed with " + e.getClass().getName() + "; the exchange is not recorded");
        }
        context.attributes().put(key, new Request(asking, agreed, clock.instant()));
    }

    @Override
    public void onResponse(ChatModelResponseContext context) {
        if (!(context.attributes().remove(key) instanceof Request request) || !request.agreed) {
            thread.withoutConsent();
            return;
        }
        String id = context.chatResponse().id();
        String exchange = id == null || id.isBlank() ? UUID.randomUUID().toString() : id;
        context.attributes().put(EXCHANGE_ID, exchange);
        thread.offer(new ExchangeMapper.Finished(
                exchange,
                request.started,
                clock.instant(),
                request.speaker,
                context.chatRequest(),
                context.chatResponse()));
    }

    /** {@link #rate(String, Rating, String)} without a comment. */
    public CompletableFuture<Boolean> rate(String id, Rating rating) {
        return rate(id, rating, "");
    }

    /**
     * Rates an exchange; the last rating counts. Returns at once.
     *
     * @param id of the exchange
     * @param comment why, redacted before it is written; may be empty
     * @return whether it is on disk; false when the exchange is not on record or the queue was full
     */
    public CompletableFuture<Boolean> rate(String id, Rating rating, String comment) {
        Objects.requireNonNull(comment, "comment");
        RatingEvent event = new RatingEvent(id, clock.instant(), rating, comment);
        return thread.offer(event, redaction);
    }

    /**
     * Forgets an exchange with its ratings, on disk too, when this returns.
     *
     * @return whether it was on record
     * @throws UncheckedIOException when the disk fails; what is not forgotten is as it was
     */
    public boolean forget(String id) {
        return thread.forget(summary -> summary.id().equals(id)) > 0;
    }

    /**
     * Forgets all exchanges of a user with their ratings, on disk too, when this returns. Answers under way are recorded later, unless the
     * user's consent is withdrawn first. A model that has learned from them keeps what it learned.
     *
     * @return how many there were
     * @throws UncheckedIOException when the disk fails; call again then
     */
    public int forgetUser(String user) {
        return thread.forget(
                summary -> summary.speaker().user().filter(user::equals).isPresent());
    }

    /** Waits until all that came before is on disk. */
    public void flush() {
        thread.flush();
    }

    /** Where the files are. */
    public Path folder() {
        return folder;
    }

    /** What is on record, in the order in which it was written. */
    public List<ExchangeSummary> summaries() {
        return store.summaries();
    }

    /** What was recorded and what was not, since the recorder was opened. */
    public RecorderStatistics statistics() {
        return thread.statistics(store.damagedLines());
    }

    /** Calls back, on the writing thread, whenever an exchange or a rating is on disk. It must be brief and not wait for the recorder. */
    public void addListener(Runnable listener) {
        thread.addListener(listener);
    }

    /** Stops calling back. */
    public void removeListener(Runnable listener) {
        thread.removeListener(listener);
    }

    /** Writes what is in the queue and closes the files. What comes later is dropped and counted. */
    @Override
    public void close() {
        thread.close();
    }

    private record Request(Speaker speaker, boolean agreed, Instant started) {}

    /** Collects how to record. */
    public static final class Builder {
        private final Path folder;
        private Function<ChatModelRequestContext, Speaker> speaker = Builder::speakerOf;
        private Predicate<Speaker> consent = _ -> false;
        private Redaction redaction = Redaction.NONE;
        private RecordingLimits limits = RecordingLimits.DEFAULTS;
        private int queue = 256;
        private Clock clock = Clock.systemUTC();

        private Builder(Path folder) {
            this.folder = Objects.requireNonNull(folder, "the folder of the recorder must be given");
        }

        private static Speaker speakerOf(ChatModelRequestContext context) {
            return context.attributes().get(Speaker.ATTRIBUTE) instanceof Speaker given ? given : Speaker.current();
        }

        /** Who has agreed to be recorded; asked when a request comes, on its thread. Nobody unless set. */
        public Builder consent(Predicate<Speaker> consent) {
            this.consent = Objects.requireNonNull(consent, "consent");
            return this;
        }

        /**
         * Who speaks; asked when a request comes, on its thread. The listener attribute {@link Speaker#ATTRIBUTE}, else
         * {@link Speaker#current()} unless set.
         */
        public Builder speaker(Function<ChatModelRequestContext, Speaker> speaker) {
            this.speaker = Objects.requireNonNull(speaker, "speaker");
            return this;
        }

        /** What is taken out before anything is written; {@link Redaction#NONE} unless set. */
        public Builder redaction(Redaction redaction) {
            this.redaction = Objects.requireNonNull(redaction, "redaction");
            return this;
        }

        /** How much is kept; {@link RecordingLimits#DEFAULTS} unless set. */
        public Builder limits(RecordingLimits limits) {
            this.limits = Objects.requireNonNull(limits, "limits");
            return this;
        }

        /** How many exchanges and ratings may wait for the disk; 256 unless set. */
        public Builder queue(int queue) {
            Preconditions.checkArgument(queue >= 1, "queue must be at least 1, was %s", queue);
            this.queue = queue;
            return this;
        }

        /** Where the time comes from; the system unless set. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** @throws UncheckedIOException when the folder cannot be used or another recorder has it open */
        public ConversationRecorder build() {
            return new ConversationRecorder(this);
        }
    }
}

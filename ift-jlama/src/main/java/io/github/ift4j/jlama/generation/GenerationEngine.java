package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Serves many requests from many threads on one copy of the weights.
 *
 * <p>A request runs on the thread that calls {@link #generate}, with a context of its own, so its answer is the same whatever
 * runs beside it. Requests take turns at the model: a token each, in the order in which they ask, and a long prompt goes in
 * pieces. At most {@code maxContexts} of them hold a context; the others wait, first come, first served.
 *
 * <p>Thread-safe.
 */
public final class GenerationEngine implements AutoCloseable {
    /** Tokens of a prompt that are read in one turn: enough to keep the model busy, few enough for others to get their turn. */
    private static final int PROMPT_TOKENS_PER_TURN = 256;

    private final TokenModel model;
    private final Supplier<TextStream> texts;
    private final Admission admission;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final Set<Thread> busy = ConcurrentHashMap.newKeySet();

    /**
     * @param model continues token sequences; it is not closed with the engine
     * @param texts gives each request its decoder of tokens to text
     * @param maxContexts most requests that may hold a context at a time, at least 1
     */
    public GenerationEngine(TokenModel model, Supplier<TextStream> texts, int maxContexts) {
        Preconditions.checkArgument(maxContexts >= 1, "maxContexts must be at least 1, was %s", maxContexts);
        this.model = model;
        this.texts = texts;
        this.admission = new Admission(maxContexts);
    }

    /** {@link #generate(GenerationRequest, TextListener, Cancellation)} without listener and cancellation. */
    public GenerationResult generate(GenerationRequest request) {
        return generate(request, TextListener.NONE, new Cancellation());
    }

    /**
     * Answers a request on the calling thread. When the thread is interrupted, the request ends as if cancelled and the thread
     * stays interrupted.
     *
     * @param listener receives the answer piece by piece, before the result is returned
     * @param cancellation ends the request early; one request each
     * @throws PromptTooLongException when the prompt does not fit into the context
     * @throws IllegalArgumentException when a token of the prompt is not in the vocabulary
     * @throws IllegalStateException when the engine has been closed, the model's logits are not numbers, or a listener asks
     *     while no place is free
     * @throws RuntimeException what the listener throws; the request ends with it
     */
    public GenerationResult generate(GenerationRequest request, TextListener listener, Cancellation cancellation) {
        check(request);
        long start = System.nanoTime();
        Thread thread = Thread.currentThread();
        boolean outermost = !busy.contains(thread);
        if (!admission.enter(cancellation, outermost)) {
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            return new GenerationResult(
                    "", new int[0], FinishReason.CANCELLED, request.prompt().length, waited, Duration.ZERO);
        }
        busy.add(thread);
        try (TokenModel.Context context = model.newContext()) {
            return new Run(request, listener, cancellation, context, start).answer();
        } finally {
            if (outermost) {
                busy.remove(thread);
            }
            admission.leave();
        }
    }

    /**
     * Refuses what {@link #generate} would refuse, without generating.
     *
     * @throws PromptTooLongException when the prompt does not fit into the context
     * @throws IllegalArgumentException when a token of the prompt is not in the vocabulary
     * @throws IllegalStateException when the engine has been closed
     */
    public void check(GenerationRequest request) {
        int[] prompt = request.prompt();
        if (prompt.length > model.contextLength()) {
            throw new PromptTooLongException(prompt.length, model.contextLength());
        }
        for (int id : prompt) {
            Preconditions.checkArgument(
                    id >= 0 && id < model.vocabularySize(),
                    "token id %s of the prompt is not in the vocabulary of %s entries",
                    id,
                    model.vocabularySize());
        }
        admission.checkOpen();
    }

    /** Most tokens of a prompt and its answer together. */
    public int contextLength() {
        return model.contextLength();
    }

    /**
     * Refuses new requests, ends those under way with {@link FinishReason#CANCELLED} and returns when none holds a context any
     * more.
     *
     * @throws IllegalStateException when called by a listener, which would wait for itself
     */
    @Override
    public void close() {
        Preconditions.checkState(
                !busy.contains(Thread.currentThread()),
                "a listener must not close the model that calls it; close it from another thread");
        admission.close();
    }

    /** One request while it holds a context. */
    private final class Run {
        private final GenerationRequest request;
        private final TextListener listener;
        private final Cancellation cancellation;
        private final TokenModel.Context context;
        private final long start;
        private final Sampler sampler;
        private final TextStream stream = texts.get();
        private final StopStrings stops;
        private final float[] logits = new float[model.vocabularySize()];
        private final StringBuilder text = new StringBuilder();
        private final int limit;
        private int[] tokens = new int[64];
        private int count;

        Run(
                GenerationRequest request,
                TextListener listener,
                Cancellation cancellation,
                TokenModel.Context context,
                long start) {
            this.request = request;
            this.listener = listener;
            this.cancellation = cancellation;
            this.context = context;
            this.start = start;
            this.sampler = new Sampler(request.sampling());
            this.stops = new StopStrings(request.stopStrings());
            this.limit = Math.min(request.maxNewTokens(), model.contextLength() - request.prompt().length);
        }

        GenerationResult answer() {
            boolean read = readPrompt();
            long promptRead = System.nanoTime();
            FinishReason reason = read ? write() : FinishReason.CANCELLED;
            return new GenerationResult(
                    text.toString(),
                    Arrays.copyOf(tokens, count),
                    reason,
                    request.prompt().length,
                    Duration.ofNanos(promptRead - start),
                    Duration.ofNanos(System.nanoTime() - promptRead));
        }

        /** False when the request ended on the way. */
        private boolean readPrompt() {
            int[] prompt = request.prompt();
            for (int from = 0; from < prompt.length; from += PROMPT_TOKENS_PER_TURN) {
                if (ended()) {
                    return false;
                }
                append(Arrays.copyOfRange(prompt, from, Math.min(from + PROMPT_TOKENS_PER_TURN, prompt.length)));
            }
            return true;
        }

        private FinishReason write() {
            while (count < limit) {
                if (ended()) {
                    return FinishReason.CANCELLED;
                }
                int token = sampler.next(logits);
                add(token);
                if (request.stopTokens().contains(token)) {
                    hand(stops.append(stream.finish()) + stops.finish());
                    return FinishReason.STOP;
                }
                String piece = stops.append(stream.append(token));
                boolean last = count == limit;
                if (last && !stops.found()) {
                    piece += stops.append(stream.finish()) + stops.finish();
                }
                hand(piece);
                if (stops.found()) {
                    return FinishReason.STOP;
                }
                if (!last && !ended()) {
                    append(new int[] {token});
                }
            }
            return FinishReason.LENGTH;
        }

        private boolean ended() {
            return cancellation.isCancelled() || Thread.currentThread().isInterrupted() || admission.isClosed();
        }

        private void add(int token) {
            if (count == tokens.length) {
                tokens = Arrays.copyOf(tokens, 2 * count);
            }
            tokens[count++] = token;
        }

        private void hand(String piece) {
            if (!piece.isEmpty()) {
                text.append(piece);
                listener.onText(piece);
            }
        }

        private void append(int[] ids) {
            for (int id : ids) {
                sampler.observe(id);
            }
            turn.lock();
            try {
                context.append(ids, logits);
            } finally {
                turn.unlock();
            }
        }
    }
}

package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.decoder.HiddenStateModel;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.generation.guided.GuidedAnswer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Serves many requests from many threads on one copy of the weights.
 *
 * <p>A request runs on the thread that calls {@link #generate}, with a context of its own, so its answer is the same whatever
 * runs beside it. Requests that run at the same time share the steps of the model, which reads its weights once for all of them: a
 * token each, and a long prompt goes in pieces. At most {@code maxContexts} of them hold a context; the others wait, first come,
 * first served, and no more than {@code maxQueued} of them.
 *
 * <p>Variants of the model, which share its weights and whose contexts its steps can feed, are served beside it: requests of all
 * variants share steps. A place that becomes free goes to the variant with the fewest, so that none keeps the others out.
 *
 * <p>A context is kept for some time after its request, within bounds of memory. A prompt that begins with what it holds, as that of
 * a chat's next turn does, goes on from there; the answer is that of a new context, bit for bit.
 *
 * <p>A second, smaller model may draft: it proposes the next few tokens, and one step of the model computes what it would have said after
 * each of them, which takes little longer than a step of one token does. The answer goes on from these logits as far as what it chooses
 * is what was proposed, and what was proposed beyond is forgotten. So each token is chosen from the model's own logits, with the
 * request's own settings and random numbers, and a draft changes nothing but the time that an answer takes. (The idea is that of
 * Leviathan, Kalman and Matias, "Fast Inference from Transformers via Speculative Decoding", 2023; their rule of acceptance keeps the
 * distribution, this one the answer itself.) While many requests write at a time, none is drafted for: their steps are full without.
 *
 * <p>Thread-safe.
 */
public final class GenerationEngine implements AutoCloseable {
    /** Most memory that contexts without a request take unless said otherwise, in bytes: 512 MiB. */
    public static final long DEFAULT_IDLE_CONTEXT_BYTES = 512L << 20;

    /** Most requests that wait unless said otherwise. */
    public static final int DEFAULT_MAX_QUEUED = 256;

    private final TokenModel model;
    private final Optional<TokenModel> draft;
    private final Supplier<TextStream> texts;
    private final Admission admission;
    private final StepQueue steps;
    private final IdleContexts idle;
    private final Set<Thread> busy = ConcurrentHashMap.newKeySet();

    /** An engine without a draft and with {@link #DEFAULT_IDLE_CONTEXT_BYTES}. */
    public GenerationEngine(TokenModel model, Supplier<TextStream> texts, int maxContexts) {
        this(model, texts, maxContexts, DEFAULT_IDLE_CONTEXT_BYTES);
    }

    /** An engine without a draft. */
    public GenerationEngine(TokenModel model, Supplier<TextStream> texts, int maxContexts, long idleContextBytes) {
        this(model, Optional.empty(), texts, maxContexts, idleContextBytes);
    }

    /** An engine with {@link #DEFAULT_MAX_QUEUED}. */
    public GenerationEngine(
            TokenModel model,
            Optional<TokenModel> draft,
            Supplier<TextStream> texts,
            int maxContexts,
            long idleContextBytes) {
        this(model, draft, texts, maxContexts, DEFAULT_MAX_QUEUED, idleContextBytes);
    }

    /**
     * @param model continues token sequences; it is not closed with the engine
     * @param draft a model of the same vocabulary that costs a fraction of the other, to propose what the other then verifies; it is not
     *     closed with the engine
     * @param texts gives each request its decoder of tokens to text
     * @param maxContexts most requests that may hold a context at a time, at least 1
     * @param maxQueued most requests that may wait for one, at least 0; more of them are refused
     * @param idleContextBytes most memory that contexts of requests that have ended may take, in bytes, at least 0; of no effect for
     *     models that are not {@linkplain TokenModel#isFixed() fixed}, whose contexts are not kept
     */
    public GenerationEngine(
            TokenModel model,
            Optional<TokenModel> draft,
            Supplier<TextStream> texts,
            int maxContexts,
            int maxQueued,
            long idleContextBytes) {
        Preconditions.checkArgument(maxContexts >= 1, "maxContexts must be at least 1, was %s", maxContexts);
        Preconditions.checkArgument(maxQueued >= 0, "maxQueued must be at least 0, was %s", maxQueued);
        Preconditions.checkArgument(
                idleContextBytes >= 0, "idleContextBytes must be at least 0, was %s", idleContextBytes);
        this.steps = new StepQueue(model, draft.map(Drafting::new));
        this.idle = new IdleContexts(idleContextBytes);
        this.model = model;
        this.draft = draft;
        this.texts = texts;
        this.admission = new Admission(maxContexts, maxQueued);
    }

    /** {@link #generate(GenerationRequest, TextListener, Cancellation)} without listener and cancellation. */
    public GenerationResult generate(GenerationRequest request) {
        return generate(request, TextListener.NONE, new Cancellation());
    }

    /** {@link #generate(TokenModel, GenerationRequest, TextListener, Cancellation)} by the model itself. */
    public GenerationResult generate(GenerationRequest request, TextListener listener, Cancellation cancellation) {
        return generate(model, request, listener, cancellation);
    }

    /**
     * Answers a request on the calling thread. When the thread is interrupted, the request ends as if cancelled and the thread
     * stays interrupted.
     *
     * @param variant the model, or one whose contexts it can feed
     * @param listener receives the answer piece by piece, before the result is returned
     * @param cancellation ends the request early, by a call or when its time is up; one request each
     * @throws PromptTooLongException when the prompt does not fit into the context
     * @throws IllegalArgumentException when a token of the prompt is not in the vocabulary, or the answer may have fewer tokens than its
     *     guide needs
     * @throws QueueFullException when as many requests wait as may
     * @throws IllegalStateException when the engine has been closed, the model's logits are not numbers, or a listener asks
     *     while no place is free
     * @throws RuntimeException what the listener throws; the request ends with it
     */
    public GenerationResult generate(
            TokenModel variant, GenerationRequest request, TextListener listener, Cancellation cancellation) {
        check(request);
        long start = System.nanoTime();
        return admitted(variant, cancellation, () -> answer(variant, request, listener, cancellation, start))
                .orElseGet(() -> {
                    Duration waited = Duration.ofNanos(System.nanoTime() - start);
                    return new GenerationResult(
                            "",
                            new int[0],
                            FinishReason.CANCELLED,
                            request.prompt().length,
                            0,
                            0,
                            0,
                            waited,
                            Duration.ZERO);
                });
    }

    /**
     * Reads token sequences on the calling thread and makes one vector of each: its hidden states after the final norm, pooled. Takes one
     * of the places that requests take.
     *
     * @param variant the model, or one whose contexts it can feed
     * @param sequences token ids, at least one each and no more than fit into the context
     * @return [sequences, hidden]; empty when it was cancelled, its time was up, the thread was interrupted or the engine closed in the
     *     meantime
     * @throws PromptTooLongException when a sequence does not fit into the context
     * @throws IllegalArgumentException when a token is not in the vocabulary
     * @throws QueueFullException when as many requests wait as may
     * @throws IllegalStateException when the engine has been closed
     */
    public Optional<float[][]> embed(
            HiddenStateModel variant, List<int[]> sequences, Pooling pooling, Cancellation cancellation) {
        sequences.forEach(this::check);
        Thread thread = Thread.currentThread();
        return admitted(
                        variant,
                        cancellation,
                        () -> new PooledStates(variant, pooling).of(sequences, () -> ended(cancellation, thread)))
                .flatMap(result -> result);
    }

    /** Does something while it holds a place; empty when there was none until the end of the request. */
    private <T> Optional<T> admitted(TokenModel variant, Cancellation cancellation, Supplier<T> work) {
        Thread thread = Thread.currentThread();
        boolean outermost = !busy.contains(thread);
        if (!admission.enter(variant, cancellation, outermost)) {
            return Optional.empty();
        }
        busy.add(thread);
        try {
            return Optional.of(work.get());
        } finally {
            if (outermost) {
                busy.remove(thread);
            }
            admission.leave(variant);
        }
    }

    private boolean ended(Cancellation cancellation, Thread thread) {
        return cancellation.hasEnded() || thread.isInterrupted() || admission.isClosed();
    }

    /** Frees the contexts that were kept of a variant; to be called when it has no requests any more. */
    void forget(TokenModel variant) {
        idle.forget(variant);
    }

    private GenerationResult answer(
            TokenModel variant,
            GenerationRequest request,
            TextListener listener,
            Cancellation cancellation,
            long start) {
        RequestContext context = idle.take(variant, request.prompt());
        boolean keep = false;
        try {
            Run run = new Run(request, listener, cancellation, context, start);
            GenerationResult result = run.answer();
            keep = variant.isFixed() && draft.map(TokenModel::isFixed).orElse(true);
            if (keep) {
                idle.give(variant, context, run.held());
            }
            return result;
        } finally {
            if (!keep) {
                context.close();
            }
        }
    }

    /**
     * Refuses what {@link #generate} would refuse, without generating.
     *
     * @throws PromptTooLongException when the prompt does not fit into the context
     * @throws IllegalArgumentException when a token of the prompt is not in the vocabulary, or the answer may have fewer tokens than its
     *     guide needs
     * @throws IllegalStateException when the engine has been closed
     */
    public void check(GenerationRequest request) {
        check(request.prompt());
        request.guide().ifPresent(guide -> checkRoom(guide, request));
    }

    private void check(int[] prompt) {
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

    /** How busy it is now. */
    public Occupancy occupancy() {
        return admission.occupancy();
    }

    private void checkRoom(Guide guide, GenerationRequest request) {
        Preconditions.checkArgument(
                guide.minTokens() <= limit(request),
                "the shortest answer that the guide allows takes %s tokens, but the answer may have %s: maxNewTokens"
                        + " is %s, and a prompt of %s tokens leaves %s of the context",
                guide.minTokens(),
                limit(request),
                request.maxNewTokens(),
                request.prompt().length,
                model.contextLength() - request.prompt().length);
    }

    /** Most tokens of the answer. */
    private int limit(GenerationRequest request) {
        return Math.min(request.maxNewTokens(), model.contextLength() - request.prompt().length);
    }

    /** Most tokens of a prompt and its answer together. */
    public int contextLength() {
        return model.contextLength();
    }

    /** {@link #close(Duration)} without a grace. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /**
     * Refuses new requests, lets those that were accepted go on for some time, ends what is left of them with {@link
     * FinishReason#CANCELLED}, waits until none holds a context any more, and frees the contexts that were kept.
     *
     * @param grace how long; when the thread is interrupted, it ends at once
     * @throws IllegalStateException when called by a listener, which would wait for itself
     */
    public void close(Duration grace) {
        Preconditions.checkState(
                !busy.contains(Thread.currentThread()),
                "a listener must not close the model that calls it; close it from another thread");
        admission.close(grace);
        idle.close();
    }

    /** One request while it holds a context. */
    private final class Run {
        private final GenerationRequest request;
        private final TextListener listener;
        private final Cancellation cancellation;
        private final RequestContext context;
        private final long start;
        private final Sampler sampler;
        private final Transcript transcript;
        private final Optional<Draft> drafter;
        private final Optional<GuidedAnswer> guided;
        private final Outlook outlook = new Outlook(model.vocabularySize());
        private final Thread thread = Thread.currentThread();
        private final TextStream stream = texts.get();
        private final StopStrings stops;
        private final StringBuilder text = new StringBuilder();
        private final int limit;
        private final int reused;

        Run(
                GenerationRequest request,
                TextListener listener,
                Cancellation cancellation,
                RequestContext context,
                long start) {
            this.request = request;
            this.listener = listener;
            this.cancellation = cancellation;
            this.context = context;
            this.start = start;
            this.sampler = new Sampler(request.sampling());
            this.stops = new StopStrings(request.stopStrings());
            this.reused = context.length();
            this.transcript = new Transcript(request.prompt());
            this.drafter = draft.map(small ->
                    new Draft(small, context, transcript, sampler, request.sampling(), model.vocabularySize()));
            this.limit = limit(request);
            this.guided = request.guide().map(Guide::start);
        }

        GenerationResult answer() {
            try (StepQueue.Member member = steps.join(context.answer(), drafter, this::ended)) {
                boolean read = readPrompt(member);
                long promptRead = System.nanoTime();
                FinishReason reason = read ? write(member) : FinishReason.CANCELLED;
                forgetRejected();
                return new GenerationResult(
                        text.toString(),
                        transcript.range(request.prompt().length, transcript.length()),
                        reason,
                        request.prompt().length,
                        reused,
                        outlook.drafted(),
                        outlook.accepted(),
                        Duration.ofNanos(promptRead - start),
                        Duration.ofNanos(System.nanoTime() - promptRead));
            }
        }

        /** The tokens that the context holds: the prompt and the answer, as far as they were fed. */
        int[] held() {
            return transcript.range(0, context.length());
        }

        /** False when the request ended on the way. */
        private boolean readPrompt(StepQueue.Member member) {
            int[] prompt = request.prompt();
            for (int id : prompt) {
                sampler.observe(id);
            }
            return !ended() && member.append(Arrays.copyOfRange(prompt, reused, prompt.length), outlook, 0);
        }

        private FinishReason write(StepQueue.Member member) {
            while (written() < limit) {
                if (ended()) {
                    return FinishReason.CANCELLED;
                }
                float[] logits = outlook.logits();
                if (!restrict(logits)) {
                    return end();
                }
                int token = sampler.next(logits);
                transcript.add(token);
                boolean proposed = outlook.advance(token);
                if (request.stopTokens().contains(token)) {
                    return end();
                }
                guided.ifPresent(answer -> answer.advance(token));
                String piece =
                        stops.append(request.shownTokens().contains(token) ? stream.show(token) : stream.append(token));
                boolean last = written() == limit;
                if (last && !stops.found()) {
                    piece += stops.append(stream.finish()) + stops.finish();
                }
                hand(piece);
                if (stops.found()) {
                    return FinishReason.STOP;
                }
                if (guided.map(GuidedAnswer::isComplete).orElse(false)) {
                    return end();
                }
                if (!last && !ended()) {
                    sampler.observe(token);
                    if (!proposed && !feed(member, token)) {
                        return FinishReason.CANCELLED;
                    }
                }
            }
            return FinishReason.LENGTH;
        }

        /** Leaves only the tokens that the guide allows. False when there are none, because the answer is complete. */
        private boolean restrict(float[] logits) {
            return guided.map(answer -> answer.restrict(logits, limit - written(), request.stopTokens()))
                    .orElse(true);
        }

        private FinishReason end() {
            hand(stops.append(stream.finish()) + stops.finish());
            return FinishReason.STOP;
        }

        /** False when the request ended on the way. The step gives a token at least, and one more for each that is accepted. */
        private boolean feed(StepQueue.Member member, int token) {
            forgetRejected();
            return member.append(new int[] {token}, outlook, limit - written() - 1);
        }

        /** Leaves in the contexts only what the answer has taken of the last proposal. */
        private void forgetRejected() {
            context.truncate(context.length() - outlook.rejected());
            int proposed = outlook.proposals().length;
            if (proposed > 0) {
                drafter.orElseThrow().learn(proposed, outlook.agreed());
            }
            outlook.clear();
        }

        private int written() {
            return transcript.length() - request.prompt().length;
        }

        private boolean ended() {
            return GenerationEngine.this.ended(cancellation, thread);
        }

        private void hand(String piece) {
            if (!piece.isEmpty()) {
                text.append(piece);
                listener.onText(piece);
            }
        }
    }
}

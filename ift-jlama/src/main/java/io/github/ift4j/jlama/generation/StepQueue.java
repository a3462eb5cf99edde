package io.github.ift4j.jlama.generation;

import com.google.common.primitives.Ints;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Collects what concurrent requests feed their contexts into steps of the model, so that one reading of the weights serves all of them.
 * A request joins or leaves between any two steps.
 *
 * <p>There is no thread of its own: of the requests that wait for a step, one runs it for all. Before, it waits for those that had a
 * token from the step before and are expected back with it, but no longer than half a step takes; a request that keeps its listener
 * longer than that is not waited for until it is quick again.
 *
 * <p>A step takes a token of each request that is writing. Prompts share {@value #ROWS} rows less these, in the order in which they
 * came: each gets an equal part, and what one does not need goes to those after it. So neither a long prompt nor many of them hold up
 * the others for longer than a step of so many rows takes.
 *
 * <p>While few requests write, and no prompt is read, a step begins with what their drafts propose and computes what follows each
 * proposed token, too.
 */
final class StepQueue {
    private static final int ROWS = 256;
    /**
     * Rows that a step may have with what drafts propose. One row waits for the weights, and eight take about twice as long (a model of
     * 135 million float32 weights on two cores with AVX-512); from there on each costs what it would cost in a step of its own. So one
     * request has up to seven tokens proposed, two have three each, four have one each, and more have none.
     */
    private static final int SPECULATIVE_ROWS = 8;
    /** Tokens of prompts a step that there is always room for. */
    private static final int LEAST_PROMPT_ROWS = 32;
    /** What it takes to wake a thread and choose a token, generously. */
    private static final long LEAST_GRACE = TimeUnit.MICROSECONDS.toNanos(200);

    private static final long MOST_GRACE = TimeUnit.MILLISECONDS.toNanos(10);

    private final TokenModel model;
    private final Optional<Drafting> drafting;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition complete = lock.newCondition();
    private final Deque<Member> ready = new ArrayDeque<>();
    private final Set<Member> expected = new HashSet<>();
    private boolean led;
    private long grace = LEAST_GRACE;

    /** @param drafting lets drafts propose, if requests have any */
    StepQueue(TokenModel model, Optional<Drafting> drafting) {
        this.model = model;
        this.drafting = drafting;
    }

    /**
     * A request that feeds a context from now on, until it leaves.
     *
     * @param draft proposes how its answer goes on, if there is one
     * @param ended whether it wants nothing more; asked from any thread between steps
     */
    Member join(TokenModel.Context context, Optional<Draft> draft, BooleanSupplier ended) {
        return new Member(context, draft, ended);
    }

    /** A request under way. Used by one thread. */
    final class Member implements AutoCloseable {
        private final TokenModel.Context context;
        private final Optional<Draft> draft;
        private final BooleanSupplier ended;
        private final Condition done = lock.newCondition();
        private int[] tokens = new int[0];
        private Outlook outlook;
        private int most;
        private int fed;
        private long served;
        private boolean waits;
        /** Whether it came with its last tokens within the grace. */
        private boolean quick = true;

        private Throwable failure;

        private Member(TokenModel.Context context, Optional<Draft> draft, BooleanSupplier ended) {
            this.context = context;
            this.draft = draft;
            this.ended = ended;
        }

        /**
         * Feeds the context, with whatever other requests feed theirs at the time.
         *
         * @param ids at least one
         * @param result with nothing proposed; receives the logits of the next token and, if there is a draft, what it proposes after
         *     the ids and the logits that follow; the context then holds the proposal, too
         * @param mostProposed how many tokens may be proposed, 0 for none
         * @return false when the request ended before all ids were fed
         * @throws RuntimeException what the model throws
         */
        boolean append(int[] ids, Outlook result, int mostProposed) {
            lock.lock();
            try {
                quick = served == 0 || System.nanoTime() - served <= grace;
                tokens = ids;
                outlook = result;
                most = mostProposed;
                fed = 0;
                failure = null;
                waits = true;
                ready.add(this);
                arrived(this);
                while (waits) {
                    if (led) {
                        done.awaitUninterruptibly();
                    } else {
                        lead();
                    }
                }
            } finally {
                if (waits) {
                    release();
                }
                lock.unlock();
            }
            switch (failure) {
                case null -> {}
                case Error error -> throw error;
                case RuntimeException exception -> throw exception;
                default -> throw new AssertionError(failure);
            }
            return fed == tokens.length;
        }

        private TokenModel.Feed feed(int count) {
            int[] ids = Arrays.copyOfRange(tokens, fed, fed + count);
            return new TokenModel.Feed(context, Ints.concat(ids, outlook.proposals()), outlook.rows());
        }

        private int left() {
            return tokens.length - fed;
        }

        /** Lets its thread go on. */
        private void release() {
            waits = false;
            ready.remove(this);
            done.signal();
        }

        /** Nobody waits for it any more. */
        @Override
        public void close() {
            lock.lock();
            try {
                arrived(this);
            } finally {
                lock.unlock();
            }
        }
    }

    private void arrived(Member member) {
        if (expected.remove(member) && expected.isEmpty()) {
            complete.signal();
        }
    }

    /** Runs a step for all that are ready, and leaves the next one to another. */
    private void lead() {
        led = true;
        try {
            awaitExpected();
            List<Share> shares = shares();
            if (!shares.isEmpty()) {
                run(shares);
            }
        } finally {
            led = false;
            if (!ready.isEmpty()) {
                ready.peek().done.signal();
            }
        }
    }

    private void awaitExpected() {
        long left = grace;
        try {
            while (!expected.isEmpty() && left > 0) {
                left = complete.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        expected.clear();
    }

    /** What each request that is ready feeds in the next step; those that have ended are let go. */
    private List<Share> shares() {
        List.copyOf(ready).stream()
                .filter(member -> member.ended.getAsBoolean())
                .forEach(Member::release);
        List<Share> shares = new ArrayList<>();
        List<Member> prompts = new ArrayList<>();
        for (Member member : ready) {
            if (member.left() == 1) {
                shares.add(new Share(member, 1));
            } else {
                prompts.add(member);
            }
        }
        int rows = Math.max(LEAST_PROMPT_ROWS, ROWS - shares.size());
        for (int i = 0; i < prompts.size(); i++) {
            int part = Math.max(1, rows / (prompts.size() - i));
            int count = Math.min(part, prompts.get(i).left());
            shares.add(new Share(prompts.get(i), count));
            rows -= count;
        }
        return shares;
    }

    private void run(List<Share> shares) {
        long start = System.nanoTime();
        lock.unlock();
        try {
            step(shares);
        } finally {
            lock.lock();
        }
        long end = System.nanoTime();
        grace = Math.clamp((end - start) / 2, LEAST_GRACE, MOST_GRACE);
        for (Share share : shares) {
            Member member = share.member();
            if (member.failure == null) {
                member.fed += share.count();
            }
            if (member.failure != null || member.left() == 0) {
                member.release();
                member.served = end;
                if (member.quick) {
                    expected.add(member);
                }
            }
        }
    }

    private void step(List<Share> shares) {
        drafting.ifPresent(drafts -> propose(drafts, shares));
        List<Share> sound =
                shares.stream().filter(share -> share.member().failure == null).toList();
        if (!sound.isEmpty()) {
            List<TokenModel.Feed> feeds = sound.stream().map(Share::feed).toList();
            IsolatedStep.run(model, feeds, (failure, i) -> sound.get(i).member().failure = failure);
        }
    }

    /** Lets drafts propose, if all requests are writing; beside a prompt the step takes long anyway. */
    private void propose(Drafting drafting, List<Share> shares) {
        int room = SPECULATIVE_ROWS / shares.size() - 1;
        if (room <= 0 || shares.stream().anyMatch(share -> share.member().left() > 1)) {
            return;
        }
        Map<Draft, Member> members = new LinkedHashMap<>();
        for (Share share : shares) {
            Member member = share.member();
            int most = member.context.ahead(Math.min(room, member.most) + 1) - 1;
            member.draft.filter(draft -> draft.begin(most)).ifPresent(draft -> members.put(draft, member));
        }
        drafting.propose(List.copyOf(members.keySet()), (draft, failure) -> members.get(draft).failure = failure);
        members.forEach((draft, member) -> member.outlook.expect(draft.proposals()));
    }

    private record Share(Member member, int count) {
        TokenModel.Feed feed() {
            return member.feed(count);
        }
    }
}

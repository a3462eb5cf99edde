package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Contexts of requests that have ended, kept for requests that begin with the same tokens, as the next turn of a chat does. Bounded by
 * memory: those that were used longest ago go first.
 *
 * <p>A context that is taken belongs to its taker alone. Thread-safe.
 */
final class IdleContexts implements AutoCloseable {
    /** What a context counts at least, so that there cannot be thousands of tiny ones. */
    private static final long LEAST_BYTES = 1 << 20;

    private final long maxBytes;
    /** The one that was used longest ago first. */
    private final List<Idle> kept = new ArrayList<>();

    private boolean closed;

    /**
     * A context nobody uses.
     *
     * @param model whose context it is
     * @param tokens what it holds; that of a draft holds a beginning of it
     */
    private record Idle(TokenModel model, int[] tokens, RequestContext context) {
        long bytes() {
            return Math.max(LEAST_BYTES, context.bytes());
        }

        /** How many tokens of a prompt it holds, the last one left out: somebody has to be fed for there to be logits. */
        int shared(int[] prompt) {
            int mismatch = Arrays.mismatch(tokens, prompt);
            return Math.min(mismatch < 0 ? tokens.length : mismatch, prompt.length - 1);
        }

        /** Whether most of it is of use for a prompt; else it is worth more to the chat that it came from. */
        boolean suits(TokenModel asking, int[] prompt) {
            int shared = shared(prompt);
            return model == asking && shared > 0 && 2 * shared >= tokens.length;
        }
    }

    /** @param maxBytes most memory that idle contexts may take, at least 0 */
    IdleContexts(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * The context of a model that holds the longest beginning of a prompt and nothing else, or a new one. A context is not taken for less than half
     * of what it holds.
     */
    RequestContext take(TokenModel model, int[] prompt) {
        Idle best = null;
        synchronized (this) {
            for (Idle idle : kept) {
                if (idle.suits(model, prompt) && (best == null || idle.shared(prompt) >= best.shared(prompt))) {
                    best = idle;
                }
            }
            kept.remove(best);
        }
        if (best == null) {
            return new RequestContext(model.newContext());
        }
        best.context().truncate(best.shared(prompt));
        return best.context();
    }

    /**
     * Takes a context back.
     *
     * @param model whose context it is
     * @param tokens what it holds
     */
    synchronized void give(TokenModel model, RequestContext context, int[] tokens) {
        kept.add(new Idle(model, tokens, context));
        long bytes = kept.stream().mapToLong(Idle::bytes).sum();
        while (!kept.isEmpty() && (closed || bytes > maxBytes)) {
            Idle oldest = kept.removeFirst();
            bytes -= oldest.bytes();
            oldest.context().close();
        }
    }

    /** Frees those of a model. */
    synchronized void forget(TokenModel model) {
        kept.removeIf(idle -> {
            if (idle.model() == model) {
                idle.context().close();
            }
            return idle.model() == model;
        });
    }

    /** Frees all, and from now on whatever is given. */
    @Override
    public synchronized void close() {
        closed = true;
        kept.forEach(idle -> idle.context().close());
        kept.clear();
    }
}

package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Lets the drafts of all requests of a step propose together, so that one reading of the draft's weights serves all of them. */
final class Drafting {
    /** Tokens that the drafts read a step of what was written while they did not take part, together. */
    private static final int ROWS = 256;

    private final TokenModel model;

    /** @param model the one that drafts */
    Drafting(TokenModel model) {
        this.model = model;
    }

    /**
     * Runs the draft's model until every draft has proposed what it wants to.
     *
     * @param drafts that {@linkplain Draft#begin have begun}
     * @param failed is told which of them failed, and why
     */
    void propose(List<Draft> drafts, BiConsumer<Draft, Throwable> failed) {
        List<Draft> writing = new ArrayList<>(drafts);
        while (!writing.isEmpty()) {
            List<Draft> fed = List.copyOf(writing);
            int most = Math.max(1, ROWS / fed.size());
            IsolatedStep.run(model, fed.stream().map(draft -> draft.feed(most)).toList(), (failure, i) -> {
                writing.remove(fed.get(i));
                failed.accept(fed.get(i), failure);
            });
            writing.removeIf(draft -> !goesOn(draft, failed));
        }
    }

    private static boolean goesOn(Draft draft, BiConsumer<Draft, Throwable> failed) {
        try {
            return draft.propose();
        } catch (IllegalStateException e) {
            failed.accept(draft, new IllegalStateException("the draft cannot go on: " + e.getMessage(), e));
            return false;
        }
    }
}

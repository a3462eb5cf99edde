package io.github.ift4j.jlama.generation.guided;

import java.util.Arrays;
import java.util.Set;

/** Follows one answer through a grammar. Not thread-safe: a request has its own. */
public final class GuidedAnswer {
    private final GuideVocabulary vocabulary;
    private final StateTable table;
    private State state;
    private TokenTrie trie;
    private int[] asked = new int[16];
    private float[] kept = new float[16];

    GuidedAnswer(GuideVocabulary vocabulary, StateTable table) {
        this.vocabulary = vocabulary;
        this.table = table;
        this.state = table.start();
        this.trie = vocabulary.first();
    }

    /** Whether the answer may end here. */
    public boolean mayEnd() {
        return state.accepting();
    }

    /** Whether the answer is complete, so that nothing may follow. */
    public boolean isComplete() {
        return state.accepting() && state.places().isEmpty();
    }

    /**
     * Takes from the logits all tokens that do not fit, those after which the answer could not be completed in time included: they become
     * negative infinity. Stop tokens stay where the answer may end, and only there.
     *
     * @param logits of the next token, [vocabulary]
     * @param remaining how many tokens may still be written, the next one included, at least 1
     * @param stopTokens ids that end the answer
     * @return whether a token is left; if not, the answer is complete
     * @throws IllegalStateException when no token is left and the answer is not complete: {@code remaining} or the stop tokens are not
     *     those that the guide was made for
     */
    public boolean restrict(float[] logits, int remaining, Set<Integer> stopTokens) {
        float[] stops = new float[stopTokens.size()];
        int s = 0;
        for (int stop : stopTokens) {
            stops[s++] = stop < logits.length && mayEnd() ? logits[stop] : Float.NEGATIVE_INFINITY;
        }
        boolean left = mask(logits, remaining - 1);
        s = 0;
        for (int stop : stopTokens) {
            if (stop < logits.length) {
                left |= mayEnd();
                logits[stop] = stops[s];
            }
            s++;
        }
        if (!left && !mayEnd()) {
            throw new IllegalStateException(
                    "no token fits the grammar with " + remaining + " to come; the guide is not made for this model");
        }
        return left;
    }

    /** @param after tokens that may be written after the next one */
    private boolean mask(float[] logits, int after) {
        State.Cut cut = table.cut(state);
        TokenMask mask = vocabulary.mask(table, cut.state(), trie);
        long most = after - cut.slack();
        if (mask.furthest() > most && !cut.exact()) {
            mask = vocabulary.mask(table, state, trie);
            most = after;
        }
        int count = beyond(mask, logits, after);
        boolean left = count > 0;
        int[] distance = mask.distance();
        int common = Math.min(distance.length, logits.length);
        int nearest = (int) Math.max(-1, Math.min(most, TokenMask.FORBIDDEN - 1));
        boolean any = false;
        for (int id = 0; id < common; id++) {
            boolean allowed = distance[id] <= nearest;
            any |= allowed;
            logits[id] = allowed ? logits[id] : Float.NEGATIVE_INFINITY;
        }
        for (int id = common; id < logits.length; id++) {
            logits[id] = Float.NEGATIVE_INFINITY;
        }
        for (int i = 0; i < count; i++) {
            logits[asked[i]] = kept[i];
        }
        return left || any;
    }

    /** Notes the tokens, and their logits, that fit according to what the mask does not know. */
    private int beyond(TokenMask mask, float[] logits, int after) {
        int[] count = {0};
        for (int beginning : mask.beginnings()) {
            TokenMask.addBelow(beginning, table, state, trie, (token, distance) -> {
                if (distance <= after && token < logits.length) {
                    note(count[0]++, token, logits[token]);
                }
            });
        }
        return count[0];
    }

    private void note(int i, int token, float logit) {
        if (i == asked.length) {
            asked = Arrays.copyOf(asked, 2 * i);
            kept = Arrays.copyOf(kept, 2 * i);
        }
        asked[i] = token;
        kept[i] = logit;
    }

    /**
     * Moves on.
     *
     * @param token that {@link #restrict} has left, no stop token
     * @throws IllegalStateException when it does not fit
     */
    public void advance(int token) {
        State after = state;
        for (byte b : vocabulary.text(trie, token)) {
            after = table.after(after, b & 0xFF);
        }
        if (after == State.DEAD) {
            throw new IllegalStateException("token " + token + " does not fit the grammar");
        }
        state = after;
        trie = vocabulary.later();
    }
}

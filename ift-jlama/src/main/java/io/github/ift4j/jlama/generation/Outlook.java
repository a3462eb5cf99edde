package io.github.ift4j.jlama.generation;

import java.util.ArrayList;
import java.util.List;

/**
 * What follows the last token that a request has fed: the logits of the next token and, where a draft has proposed how the answer goes
 * on, the logits after each proposed token. As long as the answer takes the way that was proposed, no step is needed for its next token.
 */
final class Outlook {
    private static final int[] NONE = {};

    private final int vocabulary;
    /** Grows to the most rows that were needed. */
    private final List<float[]> rows = new ArrayList<>();

    private int[] proposals = NONE;
    private int agreed;
    private int drafted;
    private int accepted;

    /** @param vocabulary entries of a row of logits */
    Outlook(int vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** Begins anew, with nothing proposed. */
    void clear() {
        proposals = NONE;
        agreed = 0;
    }

    /** Takes the tokens that are fed after the request's own in the next step. */
    void expect(int[] proposed) {
        proposals = proposed;
        drafted += proposed.length;
    }

    /** The tokens proposed. */
    int[] proposals() {
        return proposals;
    }

    /** Room for what follows the last token fed and each token proposed, [1 + proposals, vocabulary]. */
    float[][] rows() {
        while (rows.size() <= proposals.length) {
            rows.add(new float[vocabulary]);
        }
        return rows.subList(0, proposals.length + 1).toArray(float[][]::new);
    }

    /** Logits of the answer's next token. */
    float[] logits() {
        return rows.get(agreed);
    }

    /**
     * Moves on after a token that the answer has taken.
     *
     * @return whether it was proposed, so that {@link #logits()} are those of the token after it; if not, it has to be fed
     */
    boolean advance(int token) {
        if (agreed == proposals.length || proposals[agreed] != token) {
            return false;
        }
        agreed++;
        accepted++;
        return true;
    }

    /** How many of the tokens proposed the answer has taken. */
    int agreed() {
        return agreed;
    }

    /** How many tokens were proposed that the answer has not taken. */
    int rejected() {
        return proposals.length - agreed;
    }

    /** All tokens ever proposed. */
    int drafted() {
        return drafted;
    }

    /** All tokens ever taken as proposed. */
    int accepted() {
        return accepted;
    }
}

package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.Arrays;

/**
 * Proposes how one request's answer goes on, by writing it with a smaller model. It chooses as the request will: with the same settings
 * and the same random numbers, so that a draft whose logits were those of the answering model would be right every time.
 *
 * <p>How many tokens it proposes follows how many were right. While none are, it rests, each time longer, so that a useless draft costs
 * little.
 */
final class Draft {
    private static final int FIRST_TOKENS = 4;
    private static final int MOST_TOKENS = 7;
    /** Longest rest, in steps: a draft that is never right takes part in one of so many. */
    private static final int LONGEST_REST = 64;

    private final TokenModel model;
    private final RequestContext contexts;
    private final Transcript transcript;
    private final Sampler request;
    private final Sampler sampler;
    private final float[] logits;
    private final int vocabulary;
    private final int[] proposals = new int[MOST_TOKENS];
    private int count;
    private int wanted;
    private int tokens = FIRST_TOKENS;
    private int rest;
    private int nextRest = 1;

    /**
     * @param model the one that drafts
     * @param contexts of the request
     * @param transcript the request's, with the token that is about to be fed
     * @param request chooses the request's tokens
     * @param parameters the request's
     * @param vocabulary entries of the logits of the model that answers; tokens beyond them are not proposed
     */
    Draft(
            TokenModel model,
            RequestContext contexts,
            Transcript transcript,
            Sampler request,
            SamplingParameters parameters,
            int vocabulary) {
        this.model = model;
        this.contexts = contexts;
        this.transcript = transcript;
        this.request = request;
        this.sampler = new Sampler(parameters);
        this.logits = new float[model.vocabularySize()];
        this.vocabulary = vocabulary;
    }

    /**
     * Begins to propose what comes after the transcript.
     *
     * @param most how many tokens are wanted at most
     * @return whether the draft's model has to be fed for it; if not, nothing is proposed
     */
    boolean begin(int most) {
        count = 0;
        wanted = Math.min(most, tokens);
        if (wanted <= 0) {
            return false;
        }
        if (rest > 0) {
            rest--;
            return false;
        }
        int read = context().length();
        wanted = Math.min(wanted, model.contextLength() - transcript.length() + 1);
        if (wanted <= 0 || !knowsFrom(read)) {
            // It stays like this: the context only grows, and so does what would have to be read.
            tokens = 0;
            return false;
        }
        sampler.follow(request);
        return true;
    }

    private boolean knowsFrom(int place) {
        int[] ids = transcript.range(place, transcript.length());
        return Arrays.stream(ids).allMatch(id -> id < model.vocabularySize());
    }

    /** @param most tokens fed at most, at least 1 */
    TokenModel.Feed feed(int most) {
        int from = context().length();
        int[] ids = from < transcript.length()
                ? transcript.range(from, Math.min(transcript.length(), from + most))
                : new int[] {proposals[from - transcript.length()]};
        return new TokenModel.Feed(context(), ids, logits);
    }

    /**
     * Proposes one more token, once what {@link #feed} gave has been fed.
     *
     * @return whether there are more to propose in this step; not so while the draft has still to read what was written before
     * @throws IllegalStateException when its logits are not numbers
     */
    boolean propose() {
        if (context().length() < transcript.length()) {
            return false;
        }
        int token = sampler.next(shared(logits));
        sampler.observe(token);
        proposals[count++] = token;
        return count < wanted;
    }

    /** The logits of those tokens that both models have. */
    private float[] shared(float[] own) {
        if (own.length == vocabulary) {
            return own;
        }
        float[] shared = Arrays.copyOf(own, vocabulary);
        Arrays.fill(shared, Math.min(own.length, vocabulary), vocabulary, Float.NEGATIVE_INFINITY);
        return shared;
    }

    /** What is proposed. */
    int[] proposals() {
        return Arrays.copyOf(proposals, count);
    }

    /**
     * Learns from how its last proposal was taken.
     *
     * @param proposed how many tokens it proposed, at least 1
     * @param agreed how many of them, from the first, the answer has taken
     */
    void learn(int proposed, int agreed) {
        if (agreed > 0) {
            nextRest = 1;
        } else if (tokens == 1) {
            rest = nextRest;
            nextRest = Math.min(LONGEST_REST, 2 * nextRest);
        }
        // One more when all were right, else half of the way to what was right.
        tokens = agreed == proposed
                ? Math.min(MOST_TOKENS, Math.max(tokens, proposed + 1))
                : Math.max(1, (tokens + agreed) / 2);
    }

    private TokenModel.Context context() {
        return contexts.draft(model);
    }
}

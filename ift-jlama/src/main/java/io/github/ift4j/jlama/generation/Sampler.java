package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import java.util.BitSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses the next token of one request. Equal parameters, seed and logits give equal tokens on every machine and JDK: all
 * sums run in a fixed order and the exponential is {@link StrictMath}'s.
 *
 * <p>Equal to HuggingFace's {@code RepetitionPenaltyLogitsProcessor}, {@code TemperatureLogitsWarper}, {@code
 * TopKLogitsWarper}, {@code TopPLogitsWarper} and {@code MinPLogitsWarper}, in this order; tokens of equal probability are
 * ranked by their id.
 *
 * <p>Not thread-safe: a request has its own.
 */
public final class Sampler {
    private final SamplingParameters parameters;
    private final SplitMix64 random;
    private final BitSet seen = new BitSet();
    private double[] weights = new double[0];
    private int[] candidates = new int[0];

    public Sampler(SamplingParameters parameters) {
        this.parameters = parameters;
        this.random = new SplitMix64(
                parameters.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong()));
    }

    /** From here on chooses as another would of the same parameters, given the same logits; the other does not notice. */
    void follow(Sampler other) {
        seen.clear();
        seen.or(other.seen);
        random.state = other.random.state;
    }

    /** Tells of a token that the context holds, for the repetition penalty. */
    public void observe(int token) {
        seen.set(token);
    }

    /**
     * Chooses a token.
     *
     * @param logits unnormalised log-probabilities, [vocabulary]; changed by the repetition penalty
     * @return its id
     * @throws IllegalStateException when a logit is NaN or positive infinity, or all are negative infinity
     */
    public int next(float[] logits) {
        penalise(logits);
        int best = argmax(logits);
        return parameters.isGreedy() ? best : draw(logits, best);
    }

    private void penalise(float[] logits) {
        float penalty = (float) parameters.repetitionPenalty();
        if (penalty == 1) {
            return;
        }
        for (int id = seen.nextSetBit(0); id >= 0; id = seen.nextSetBit(id + 1)) {
            logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
        }
    }

    private static int argmax(float[] logits) {
        int best = -1;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < logits.length; id++) {
            float logit = logits[id];
            if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
                throw new IllegalStateException("the logit of token " + id + " is " + logit
                        + ": the model's weights are damaged or its training has diverged");
            }
            if (logit > greatest) {
                greatest = logit;
                best = id;
            }
        }
        Preconditions.checkState(best >= 0, "no token has a probability above 0");
        return best;
    }

    private int draw(float[] logits, int best) {
        int count = weigh(logits, best);
        if (filters()) {
            count = filter(count);
        }
        return pick(count);
    }

    /** Sets the weights to the probabilities divided by the greatest of them, and every token a candidate. */
    private int weigh(float[] logits, int best) {
        int count = logits.length;
        if (weights.length != count) {
            weights = new double[count];
            candidates = new int[count];
        }
        double temperature = parameters.temperature();
        for (int id = 0; id < count; id++) {
            weights[id] = StrictMath.exp(((double) logits[id] - logits[best]) / temperature);
            candidates[id] = id;
        }
        return count;
    }

    private boolean filters() {
        return parameters.topK() > 0 || parameters.topP() < 1 || parameters.minP() > 0;
    }

    /**
     * Moves the candidates that stay to the end of the array, the most probable last.
     *
     * <p>A heap hands them out in falling order, so that a vocabulary of 100,000 is not sorted for the sake of fifty.
     *
     * @return how many stay
     */
    private int filter(int count) {
        CandidateHeap heap = new CandidateHeap(candidates, weights, count);
        double total = 0;
        int kept = 0;
        if (parameters.topK() > 0 && parameters.topK() < count) {
            double last = 0;
            while (kept < count && (kept < parameters.topK() || weights[heap.top()] == last)) {
                last = weights[heap.top()];
                total += last;
                heap.pop();
                kept++;
            }
        } else {
            for (double weight : weights) {
                total += weight;
            }
            kept = count;
        }
        return nucleus(heap, kept, total);
    }

    /** Of the {@code limit} most probable candidates, with weights that add up to {@code total}, keeps top-p and min-p. */
    private int nucleus(CandidateHeap heap, int limit, double total) {
        int count = candidates.length;
        double above = 0;
        int kept = 0;
        while (kept < limit) {
            if (heap.popped() == kept) {
                heap.pop();
            }
            double weight = weights[candidates[count - 1 - kept]];
            boolean outside = above >= parameters.topP() * total && parameters.topP() < 1;
            if (kept > 0 && (outside || weight < parameters.minP())) {
                break;
            }
            above += weight;
            kept++;
        }
        return kept;
    }

    /** Draws one of the last {@code count} candidates by weight. */
    private int pick(int count) {
        int first = candidates.length - count;
        double total = 0;
        for (int i = first; i < candidates.length; i++) {
            total += weights[candidates[i]];
        }
        double target = random.nextDouble() * total;
        int chosen = -1;
        double sum = 0;
        for (int i = first; i < candidates.length && (chosen < 0 || sum <= target); i++) {
            if (weights[candidates[i]] > 0) {
                chosen = candidates[i];
                sum += weights[chosen];
            }
        }
        return chosen;
    }

    /** The generator of Steele, Lea and Flood (2014): neighbouring seeds give unrelated numbers, the same on every JDK. */
    private static final class SplitMix64 {
        private long state;

        SplitMix64(long seed) {
            state = seed;
        }

        /** The next number, from 0 to below 1. */
        double nextDouble() {
            state += 0x9E3779B97F4A7C15L;
            long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
        }
    }
}

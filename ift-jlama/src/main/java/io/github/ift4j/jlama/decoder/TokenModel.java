package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import java.util.Arrays;
import java.util.List;

/** A language model as the engine sees it: it continues token sequences. Weights are shared, contexts are not. */
public interface TokenModel {
    /** Number of entries of the logits. */
    int vocabularySize();

    /** Most tokens that a context can hold. */
    int contextLength();

    /** An empty context. Its memory grows as tokens come. */
    Context newContext();

    /**
     * Whether a context answers at any later time as a new one would that is fed the same tokens, so that it may be kept for another
     * request. Not so where weights change, or where nobody has thought about it.
     */
    default boolean isFixed() {
        return false;
    }

    /**
     * Feeds several contexts in one step. The answers are those of {@link Context#append} one by one; a model may be much faster at
     * computing them together. One step at a time. When it fails, all contexts hold what they held before.
     *
     * @param feeds contexts of this model, no two of them the same
     * @throws IllegalArgumentException as {@link Context#append}
     */
    default void step(List<Feed> feeds) {
        int[] lengths = feeds.stream().mapToInt(feed -> feed.context().length()).toArray();
        try {
            for (Feed feed : feeds) {
                feed.appendAlone();
            }
        } catch (RuntimeException | Error e) {
            for (int i = 0; i < lengths.length; i++) {
                Context context = feeds.get(i).context();
                context.truncate(Math.min(context.length(), lengths[i]));
            }
            throw e;
        }
    }

    /**
     * What a context is fed in a step.
     *
     * @param tokens ids to append, at least one
     * @param logits receives what follows each of the last tokens, one row a token, [rows, vocabulary]; at least one row, and at most as
     *     many as there are tokens and as {@link Context#ahead} allows
     */
    record Feed(Context context, int[] tokens, float[][] logits) {
        public Feed {
            Preconditions.checkArgument(tokens.length > 0, "there must be at least one token to append");
            Preconditions.checkArgument(
                    logits.length > 0 && logits.length <= tokens.length,
                    "there must be at least one row of logits and at most one a token, were %s for %s tokens",
                    logits.length,
                    tokens.length);
        }

        /** @param logits receives what follows the last token, [vocabulary] */
        public Feed(Context context, int[] tokens, float[] logits) {
            this(context, tokens, new float[][] {logits});
        }

        private void appendAlone() {
            int before = tokens.length - logits.length + 1;
            context.append(Arrays.copyOf(tokens, before), logits[0]);
            for (int row = 1; row < logits.length; row++) {
                context.append(new int[] {tokens[before + row - 1]}, logits[row]);
            }
        }
    }

    /** The tokens a request has fed so far, with their keys and values. Used by one thread at a time. */
    interface Context extends AutoCloseable {
        /** Number of tokens held. */
        int length();

        /**
         * Feeds tokens and predicts what follows the last of them. The answer does not depend on how the tokens of a
         * context are divided into calls, nor on other contexts.
         *
         * @param tokens ids to append, at least one
         * @param logits receives the logits of the next token, [vocabulary]
         * @throws IllegalArgumentException when the context would outgrow {@link TokenModel#contextLength()} or an id is not in
         *     the vocabulary
         */
        void append(int[] tokens, float[] logits);

        /**
         * Of how many tokens that are fed next one step can tell what follows each. Fewer than wanted where a longer sequence is computed
         * in another way, so that what follows one of its first tokens can no longer be told from the whole.
         *
         * @param most how many are wanted, at least 1
         * @return 1 to {@code most}; room for them in the context is not looked at
         */
        default int ahead(int most) {
            return most;
        }

        /** Forgets all but the first {@code length} tokens. */
        void truncate(int length);

        /** Memory that the context takes, in bytes, as far as it is worth counting. */
        default long bytes() {
            return 0;
        }

        @Override
        void close();
    }
}

package io.github.ift4j.jlama.decoder;

/** A language model as the engine sees it: it continues token sequences. Weights are shared, contexts are not. */
public interface TokenModel {
    /** Number of entries of the logits. */
    int vocabularySize();

    /** Most tokens that a context can hold. */
    int contextLength();

    /** An empty context. Its memory grows as tokens come. */
    Context newContext();

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

        /** Forgets all but the first {@code length} tokens. */
        void truncate(int length);

        @Override
        void close();
    }
}

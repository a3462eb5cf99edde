package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.TokenModel;

/**
 * A context of the model that answers and, from when it is first asked for, one of the model that drafts. What the latter holds is the
 * beginning of what the former holds, except while a proposal is under way. Used by one thread at a time.
 */
final class RequestContext implements AutoCloseable {
    private final TokenModel.Context answer;
    private TokenModel.Context draft;

    RequestContext(TokenModel.Context answer) {
        this.answer = answer;
    }

    /** The context of the model that answers. */
    TokenModel.Context answer() {
        return answer;
    }

    /** The context of the model that drafts, always the same one. */
    TokenModel.Context draft(TokenModel model) {
        if (draft == null) {
            draft = model.newContext();
        }
        return draft;
    }

    /** Number of tokens that the model that answers holds. */
    int length() {
        return answer.length();
    }

    /** Forgets all but the first tokens, in both. */
    void truncate(int length) {
        answer.truncate(length);
        if (draft != null) {
            draft.truncate(Math.min(length, draft.length()));
        }
    }

    /** Memory that both take, in bytes. */
    long bytes() {
        return answer.bytes() + (draft == null ? 0 : draft.bytes());
    }

    @Override
    public void close() {
        answer.close();
        if (draft != null) {
            draft.close();
        }
    }
}

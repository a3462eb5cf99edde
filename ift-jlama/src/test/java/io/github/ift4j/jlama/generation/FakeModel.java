package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A model whose tokens are bytes and whose logits are a function of the tokens so far. Like the decoder it serves one call at a
 * time and fails when two come together.
 */
final class FakeModel implements TokenModel {
    static final int END = 256;
    static final int VOCABULARY = 257;

    private final Function<int[], float[]> logits;
    private final int contextLength;
    private final int vocabulary;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();

    private FakeModel(int contextLength, int vocabulary, Function<int[], float[]> logits) {
        this.contextLength = contextLength;
        this.vocabulary = vocabulary;
        this.logits = logits;
    }

    /** Writes the given text after a prompt of the given length, and then ends its turn. */
    static FakeModel thatSays(String text, int promptLength) {
        int[] script = ByteText.ids(text);
        return new FakeModel(10_000, VOCABULARY, tokens -> {
            int at = tokens.length - promptLength;
            return oneHot(VOCABULARY, at < script.length ? script[at] : END);
        });
    }

    /** Writes ASCII and never ends; the logits depend on every token of the context. */
    static FakeModel ofHash(int contextLength) {
        return ofHash(contextLength, 0);
    }

    /** One of many such models. */
    static FakeModel ofHash(int contextLength, int number) {
        return new FakeModel(contextLength, VOCABULARY, tokens -> {
            long state = Arrays.hashCode(tokens) + number;
            float[] logits = new float[VOCABULARY];
            for (int id = 0; id < VOCABULARY; id++) {
                state = state * 6364136223846793005L + 1442695040888963407L;
                logits[id] = id < 128 ? (state >> 40) * 0x1p-21f : -100;
            }
            return logits;
        });
    }

    static FakeModel of(int contextLength, Function<int[], float[]> logits) {
        return new FakeModel(contextLength, VOCABULARY, logits);
    }

    /** Writes the tokens of the script after the last {@code mark} of the context, and then nothing but {@code end}. */
    static FakeModel after(int mark, int[] script, int end, int vocabulary) {
        return new FakeModel(10_000, vocabulary, tokens -> {
            int at = 0;
            while (at < tokens.length && tokens[tokens.length - 1 - at] != mark) {
                at++;
            }
            return oneHot(vocabulary, at < script.length ? script[at] : end);
        });
    }

    static float[] oneHot(int vocabulary, int id) {
        float[] logits = new float[vocabulary];
        logits[id] = 10;
        return logits;
    }

    int openContexts() {
        return open.get();
    }

    int mostOpenContexts() {
        return mostOpen.get();
    }

    @Override
    public int vocabularySize() {
        return vocabulary;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Context newContext() {
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        return new FakeContext();
    }

    private final class FakeContext implements Context {
        private int[] tokens = new int[0];
        private boolean closed;

        @Override
        public int length() {
            return tokens.length;
        }

        @Override
        public void append(int[] ids, float[] result) {
            Preconditions.checkState(calls.incrementAndGet() == 1, "two calls at a time");
            Preconditions.checkState(!closed, "used after close");
            int[] all = Arrays.copyOf(tokens, tokens.length + ids.length);
            System.arraycopy(ids, 0, all, tokens.length, ids.length);
            Preconditions.checkArgument(all.length <= contextLength, "outgrew the context");
            tokens = all;
            float[] next = logits.apply(all);
            System.arraycopy(next, 0, result, 0, next.length);
            calls.decrementAndGet();
        }

        @Override
        public void truncate(int length) {
            tokens = Arrays.copyOf(tokens, length);
        }

        @Override
        public void close() {
            Preconditions.checkState(!closed, "closed twice");
            closed = true;
            open.decrementAndGet();
        }
    }
}

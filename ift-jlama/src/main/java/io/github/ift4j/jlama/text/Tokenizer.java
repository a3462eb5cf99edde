package io.github.ift4j.jlama.text;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * HuggingFace's own tokenizers library over the {@code tokenizer.json} of a model directory.
 *
 * <p>It reads local files only and never goes online. Nothing is cut off, nothing is padded. Text that is no valid UTF-16
 * (half a surrogate pair) reads as U+FFFD. Any number of threads may use one tokenizer. It holds native memory until
 * {@link #close()}.
 */
public final class Tokenizer implements AutoCloseable {
    /** Native strings take up to three bytes a char and have 31-bit lengths. */
    private static final int MAX_TEXT_CHARS = Integer.MAX_VALUE / 4;

    private final Vocabulary vocabulary;
    private final SpecialTokens specialTokens;
    private final JsonNode decoder;
    private final boolean cleansUp;
    private final TokenizersLibrary library;
    private final ReadWriteLock closing = new ReentrantReadWriteLock();
    private long handle;

    private Tokenizer(TokenizerFile file, TokenizersLibrary library, long handle) {
        this.library = library;
        this.vocabulary = file.vocabulary();
        this.specialTokens = file.specialTokens();
        this.decoder = file.decoder();
        this.cleansUp = file.cleansUp();
        this.handle = handle;
    }

    /**
     * Loads {@code tokenizer.json}, and what {@code tokenizer_config.json}, {@code special_tokens_map.json} and
     * {@code added_tokens.json} say where there are such files.
     *
     * @throws CheckpointException when a file is missing or broken
     * @throws IllegalStateException when the native library cannot be loaded
     */
    public static Tokenizer load(Path directory) {
        TokenizerFile file = TokenizerFile.read(directory);
        TokenizersLibrary library = NativeTokenizers.library();
        try {
            return new Tokenizer(file, library, library.createTokenizerFromString(file.json()));
        } catch (RuntimeException e) {
            throw new CheckpointException(
                    "%s: not a tokenizer: %s".formatted(directory.resolve("tokenizer.json"), e.getMessage()), e);
        }
    }

    /**
     * The ids of a text.
     *
     * @param addSpecialTokens whether the tokenizer's post-processor adds its BOS, EOS, …
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        return encode(text, addSpecialTokens, false).ids();
    }

    /** As {@link #encode}, with the place of each token in the text. */
    public Encoding encodeWithOffsets(String text, boolean addSpecialTokens) {
        return encode(text, addSpecialTokens, true);
    }

    private Encoding encode(String text, boolean addSpecialTokens, boolean withOffsets) {
        Preconditions.checkArgument(
                text.length() <= MAX_TEXT_CHARS,
                "a text of %s chars is too long to tokenise; at most %s are possible",
                text.length(),
                MAX_TEXT_CHARS);
        String wellFormed = WellFormed.of(text);
        Lock open = lockOpen();
        try {
            long encoding = library.encode(handle, wellFormed, addSpecialTokens);
            try {
                int[] ids = toInts(library.getTokenIds(encoding));
                int[] starts = new int[ids.length];
                int[] ends = new int[ids.length];
                if (withOffsets) {
                    new CharOffsets(wellFormed).convert(library.getTokenCharSpans(encoding), starts, ends);
                }
                return new Encoding(ids, starts, ends);
            } finally {
                library.deleteEncoding(encoding);
            }
        } finally {
            open.unlock();
        }
    }

    /**
     * The text of the ids, as transformers gives it: where {@code clean_up_tokenization_spaces} of tokenizer_config.json says so
     * and the tokenizer does not keep spaces itself as BPE does, those before punctuation are taken away. Ids that are not in
     * the vocabulary read as nothing.
     *
     * @param skipSpecialTokens whether special tokens read as nothing, too
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        String text = decodeExactly(ids, skipSpecialTokens);
        return cleansUp ? SpaceCleanUp.of(text) : text;
    }

    /** The text of the ids as the tokenizers library gives it. */
    String decodeExactly(int[] ids, boolean skipSpecialTokens) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = ids[i];
        }
        Lock open = lockOpen();
        try {
            return library.decode(handle, wide, skipSpecialTokens);
        } finally {
            open.unlock();
        }
    }

    /** A decoder for tokens that come one by one. */
    public StreamingDecoder newStreamingDecoder(boolean skipSpecialTokens) {
        return StreamingDecoder.of(this, decoder, skipSpecialTokens, cleansUp);
    }

    /**
     * Least number of tokens that a text of so many chars can have, as each stands for no more chars than its name in the vocabulary
     * has. Not so for text that a tokenizer leaves out, such as spaces around some special tokens.
     */
    public int leastTokens(int chars) {
        return Math.ceilDiv(chars, vocabulary.longestToken());
    }

    /** Largest id plus one. */
    public int vocabularySize() {
        return vocabulary.size();
    }

    /** The id of a token as the vocabulary writes it, added tokens included. */
    public OptionalInt idOf(String token) {
        return vocabulary.idOf(token);
    }

    /** The token as the vocabulary writes it, null where no token has this id. */
    public String tokenOf(int id) {
        return vocabulary.tokenOf(id);
    }

    /** Whether {@link #decode} leaves the token out when special tokens are skipped. */
    public boolean isSpecial(int id) {
        return vocabulary.isSpecial(id);
    }

    /** The tokens that the directory gives a role. */
    public SpecialTokens specialTokens() {
        return specialTokens;
    }

    /** Frees the native memory. Calls under way end first; later ones throw {@link IllegalStateException}. */
    @Override
    public void close() {
        closing.writeLock().lock();
        try {
            if (handle != 0) {
                library.deleteTokenizer(handle);
                handle = 0;
            }
        } finally {
            closing.writeLock().unlock();
        }
    }

    private Lock lockOpen() {
        Lock lock = closing.readLock();
        lock.lock();
        if (handle == 0) {
            lock.unlock();
            throw new IllegalStateException("the tokenizer is closed");
        }
        return lock;
    }

    private static int[] toInts(long[] ids) {
        int[] ints = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            ints[i] = Math.toIntExact(ids[i]);
        }
        return ints;
    }

    /** Turns the library's offsets, which count code points, into chars. */
    private record CharOffsets(String text) {
        void convert(CharSpan[] spans, int[] starts, int[] ends) {
            int[] charAt = charOfCodePoint();
            int last = text.codePointCount(0, text.length());
            for (int t = 0; t < spans.length; t++) {
                starts[t] = spans[t] == null ? Encoding.ADDED : charAt[Math.min(spans[t].getStart(), last)];
                ends[t] = spans[t] == null ? Encoding.ADDED : charAt[Math.min(spans[t].getEnd(), last)];
            }
        }

        private int[] charOfCodePoint() {
            int[] charAt = new int[text.length() + 1];
            int chars = 0;
            int codePoint = 0;
            while (chars < text.length()) {
                charAt[codePoint++] = chars;
                chars += Character.charCount(text.codePointAt(chars));
            }
            charAt[codePoint] = chars;
            return charAt;
        }
    }
}

package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The bytes that each token adds to a text: those of several tokens, one after the other, are the UTF-8 of what {@link Tokenizer#decode}
 * makes of them with special tokens skipped. SentencePiece leaves out a space at the very start, so the first token of a text has bytes
 * of its own. Immutable.
 */
public final class TokenTexts {
    private static final int CHECKS = 64;
    private static final int CHECKED_TOKENS = 4;
    private static final String REPLACEMENT = "\uFFFD";

    private final byte[][] first;
    private final byte[][] later;

    private TokenTexts(byte[][] first, byte[][] later) {
        this.first = first;
        this.later = later;
    }

    /**
     * @param decoder the decoder of tokenizer.json, may be null
     * @throws IllegalStateException when the text of tokens depends on more than which is the first
     */
    static TokenTexts of(Tokenizer tokenizer, JsonNode decoder, boolean cleansUp) {
        if (cleansUp) {
            throw unsupported();
        }
        if (ByteLevelStreamingDecoder.isByteLevel(decoder)) {
            byte[][] bytes = new byte[tokenizer.vocabularySize()][];
            for (int id = 0; id < bytes.length; id++) {
                String token = tokenizer.tokenOf(id);
                bytes[id] = token == null || tokenizer.isSpecial(id) ? null : ByteLevelStreamingDecoder.bytesOf(token);
            }
            return new TokenTexts(bytes, bytes);
        }
        TokenTexts texts = new Neighbours(tokenizer, decoder).texts();
        texts.check(tokenizer);
        return texts;
    }

    /** These texts, but for special tokens that are shown: they write what the vocabulary calls them. */
    public TokenTexts showing(Map<Integer, String> shown) {
        if (shown.isEmpty()) {
            return this;
        }
        byte[][] newFirst = first.clone();
        byte[][] newLater = areTheSameEverywhere() ? newFirst : later.clone();
        shown.forEach((id, text) -> {
            newFirst[id] = text.getBytes(StandardCharsets.UTF_8);
            newLater[id] = newFirst[id];
        });
        return new TokenTexts(newFirst, newLater);
    }

    /** Number of ids. */
    public int size() {
        return later.length;
    }

    /** What a token writes at the start of a text, null for special tokens and ids that are not used. */
    public byte[] first(int id) {
        return copy(first[id]);
    }

    /** What a token writes after another, null for special tokens and ids that are not used. */
    public byte[] later(int id) {
        return copy(later[id]);
    }

    /** Whether all tokens write the same at the start and later. */
    public boolean areTheSameEverywhere() {
        return first == later;
    }

    private static byte[] copy(byte[] bytes) {
        return bytes == null ? null : bytes.clone();
    }

    /** Tries some texts: a decoder may do what nobody has thought of. */
    private void check(Tokenizer tokenizer) {
        Random random = new Random(0);
        for (int i = 0; i < CHECKS; i++) {
            int[] ids = random.ints(CHECKED_TOKENS, 0, size()).toArray();
            StringBuilder text = new StringBuilder();
            boolean whole = true;
            for (int t = 0; t < ids.length && whole; t++) {
                byte[] bytes = t == 0 ? first[ids[t]] : later[ids[t]];
                String part = bytes == null ? REPLACEMENT : new String(bytes, StandardCharsets.UTF_8);
                whole = !part.contains(REPLACEMENT);
                text.append(part);
            }
            if (whole && !tokenizer.decodeExactly(ids, true).contentEquals(text)) {
                throw unsupported();
            }
        }
    }

    private static IllegalStateException unsupported() {
        return new IllegalStateException(
                "answers cannot be guided with this tokenizer: what a token writes depends on its"
                        + " neighbours; use a model with a byte-level or SentencePiece tokenizer");
    }

    /** Finds out by decoding each token alone and after another. */
    private static final class Neighbours {
        private final Tokenizer tokenizer;
        private final boolean byteFallback;
        private final int size;

        Neighbours(Tokenizer tokenizer, JsonNode decoder) {
            this.tokenizer = tokenizer;
            this.byteFallback = WindowStreamingDecoder.hasByteFallback(decoder);
            this.size = tokenizer.vocabularySize();
        }

        TokenTexts texts() {
            byte[][] first = new byte[size][];
            byte[][] later = new byte[size][];
            int anchor = anchor();
            for (int id = 0; id < size; id++) {
                String token = tokenizer.tokenOf(id);
                if (token != null && !tokenizer.isSpecial(id)) {
                    boolean raw = byteFallback && WindowStreamingDecoder.isByte(token);
                    int value = raw ? Integer.parseInt(token.substring(3, 5), 16) : -1;
                    byte[] known = raw ? new byte[] {(byte) value} : null;
                    first[id] = value >= 0x80 ? known : decoded(id).orElse(null);
                    later[id] = raw ? known : decodedAfter(anchor, id).orElse(null);
                }
            }
            return new TokenTexts(first, later);
        }

        /** A token that writes a letter. */
        private int anchor() {
            for (int id = 0; id < size; id++) {
                String token = tokenizer.tokenOf(id);
                if (token != null
                        && !tokenizer.isSpecial(id)
                        && token.length() == 1
                        && Character.isLetter(token.charAt(0))
                        && tokenizer.decodeExactly(new int[] {id}, true).equals(token)) {
                    return id;
                }
            }
            throw unsupported();
        }

        private Optional<byte[]> decoded(int id) {
            return utf8(tokenizer.decodeExactly(new int[] {id}, true));
        }

        private Optional<byte[]> decodedAfter(int anchor, int id) {
            String before = tokenizer.decodeExactly(new int[] {anchor}, true);
            String text = tokenizer.decodeExactly(new int[] {anchor, id}, true);
            return text.startsWith(before) ? utf8(text.substring(before.length())) : Optional.empty();
        }

        private static Optional<byte[]> utf8(String text) {
            return Optional.of(text)
                    .filter(known -> !known.contains(REPLACEMENT))
                    .map(known -> known.getBytes(StandardCharsets.UTF_8));
        }
    }
}

package io.github.ift4j.jlama.generation.guided;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.github.ift4j.jlama.text.TokenTexts;
import java.util.Set;

/**
 * The tokens of a model as guides see them: what each of them writes, in bytes, at the start of an answer and later. One serves all guides
 * of a model; it keeps the masks of states that come again and again. Thread-safe.
 */
public final class GuideVocabulary {
    private static final long MASK_BYTES = 64L << 20;
    private static final byte[] NOTHING = {};

    private final int size;
    private final byte[][] firstTexts;
    private final byte[][] laterTexts;
    private final TokenTrie first;
    private final TokenTrie later;
    private final Cache<MaskKey, TokenMask> masks;

    private GuideVocabulary(byte[][] first, byte[][] later, boolean same) {
        this.size = later.length;
        this.firstTexts = first;
        this.laterTexts = later;
        this.later = new TokenTrie(later);
        this.first = same ? this.later : new TokenTrie(first);
        this.masks = CacheBuilder.newBuilder()
                .maximumSize(Math.max(16, MASK_BYTES / (Integer.BYTES * (long) Math.max(1, size))))
                .recordStats()
                .build();
    }

    /**
     * The vocabulary of a model.
     *
     * @param texts what its tokens write
     * @param size entries of the model's logits; tokens beyond them are never allowed
     * @param stopTokens ids that end answers and therefore write nothing
     */
    public static GuideVocabulary of(TokenTexts texts, int size, Set<Integer> stopTokens) {
        byte[][] first = new byte[size][];
        byte[][] later = new byte[size][];
        for (int id = 0; id < Math.min(size, texts.size()); id++) {
            if (!stopTokens.contains(id)) {
                first[id] = texts.first(id);
                later[id] = texts.later(id);
            }
        }
        return new GuideVocabulary(first, later, texts.areTheSameEverywhere());
    }

    /**
     * A vocabulary whose tokens write the same everywhere.
     *
     * @param texts for each id its bytes, null for tokens that write nothing, [vocabulary]
     */
    public static GuideVocabulary of(byte[][] texts) {
        return new GuideVocabulary(texts, texts, true);
    }

    /** Entries of the logits. */
    int size() {
        return size;
    }

    /** The tokens as they write at the start of an answer. */
    TokenTrie first() {
        return first;
    }

    /** The tokens as they write after another. */
    TokenTrie later() {
        return later;
    }

    /** What a token writes, empty for those that write nothing. */
    byte[] text(TokenTrie trie, int token) {
        byte[] text = (trie == first ? firstTexts : laterTexts)[token];
        return text == null ? NOTHING : text;
    }

    /** How many masks had to be made, because they were not kept. */
    long masksMade() {
        return masks.stats().missCount();
    }

    /** The mask of a state, kept for those who ask again. */
    TokenMask mask(StateTable table, State state, TokenTrie trie) {
        MaskKey key = new MaskKey(state, trie);
        TokenMask known = masks.getIfPresent(key);
        if (known == null) {
            known = TokenMask.of(table, state, trie, size);
            masks.put(key, known);
        }
        return known;
    }

    private record MaskKey(State state, TokenTrie trie) {}
}

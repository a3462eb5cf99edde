package io.github.ift4j.jlama.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Token strings and ids of a tokenizer, added tokens included. Immutable once built. */
final class Vocabulary {
    private final Map<String, Integer> ids;
    private final List<String> tokens;
    private final Set<Integer> special;
    private final int longest;

    private Vocabulary(Map<String, Integer> ids, List<String> tokens, Set<Integer> special) {
        this.ids = ids;
        this.tokens = tokens;
        this.special = special;
        longest = ids.keySet().stream().mapToInt(String::length).max().orElse(1);
    }

    /** Length of the longest token in chars, as it is written in the vocabulary. */
    int longestToken() {
        return longest;
    }

    /** Largest id plus one. */
    int size() {
        return tokens.size();
    }

    OptionalInt idOf(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The token with this id, null where the vocabulary has a hole. */
    String tokenOf(int id) {
        return id >= 0 && id < tokens.size() ? tokens.get(id) : null;
    }

    boolean isSpecial(int id) {
        return special.contains(id);
    }

    /** Builds a vocabulary with the ids that the tokenizers library would give. */
    static final class Builder {
        private final Map<String, Integer> model = new HashMap<>();
        private final Map<String, Integer> added = new HashMap<>();
        private final Set<String> specialTokens = new HashSet<>();
        private final List<String> tokens = new ArrayList<>();
        private int modelSize;
        private int largestAdded = -1;

        void model(String token, int id) {
            model.put(token, id);
            put(id, token);
            modelSize = model.size();
        }

        /** For models that count their entries, not their distinct tokens (Unigram). */
        void modelSize(int size) {
            modelSize = size;
        }

        /**
         * Adds a token as {@code AddedVocabulary::add_tokens} of the tokenizers library does: the id written in the file counts
         * for nothing, a new token gets the next free id.
         */
        void added(String token, boolean special) {
            if (token.isEmpty()) {
                return;
            }
            Integer known = added.containsKey(token) ? added.get(token) : model.get(token);
            int id = known != null ? known : Math.max(modelSize, largestAdded + 1);
            added.put(token, id);
            largestAdded = Math.max(largestAdded, id);
            put(id, token);
            if (special) {
                specialTokens.add(token);
            }
        }

        private void put(int id, String token) {
            if (id >= tokens.size()) {
                tokens.addAll(Collections.nCopies(id + 1 - tokens.size(), null));
            }
            tokens.set(id, token);
        }

        OptionalInt idOf(String token) {
            Integer id = added.containsKey(token) ? added.get(token) : model.get(token);
            return id == null ? OptionalInt.empty() : OptionalInt.of(id);
        }

        Vocabulary build() {
            Map<String, Integer> ids = new HashMap<>(model);
            ids.putAll(added);
            Set<Integer> special = new HashSet<>();
            for (String token : specialTokens) {
                special.add(ids.get(token));
            }
            return new Vocabulary(ids, tokens, special);
        }
    }
}

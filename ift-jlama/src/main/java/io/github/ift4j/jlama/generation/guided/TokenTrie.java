package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The tokens of a vocabulary by their bytes: a tree in which a node is a beginning that tokens share. Nodes are numbered so that a node
 * comes before those below it and these come before the next beside it. Immutable.
 */
final class TokenTrie {
    private static final int MOST_BYTES = 512;

    private final byte[] label;
    private final int[] depth;
    private final int[] end;
    private final int[] parent;
    private final int[] firstToken;
    private final int[] lastToken;
    private final int[] tokens;
    private final int longest;
    private final int letters;
    private final boolean[] single = new boolean[Dfa.BYTES];

    /** @param texts for each id its bytes, null for tokens without a text, [vocabulary] */
    TokenTrie(byte[][] texts) {
        List<Integer> ids = new ArrayList<>();
        int bytes = 0;
        for (int id = 0; id < texts.length; id++) {
            if (texts[id] != null && texts[id].length > 0 && texts[id].length <= MOST_BYTES) {
                ids.add(id);
                bytes += texts[id].length;
            }
        }
        ids.sort((a, b) -> {
            int order = Arrays.compareUnsigned(texts[a], texts[b]);
            return order != 0 ? order : Integer.compare(a, b);
        });
        byte[] labels = new byte[bytes + 1];
        int[] depths = new int[bytes + 1];
        int[] parents = new int[bytes + 1];
        int[] first = new int[bytes + 1];
        int[] path = new int[MOST_BYTES + 1];
        int nodes = 1;
        byte[] before = {};
        parents[0] = -1;
        int longestText = 0;
        BitSet words = new BitSet();
        for (int t = 0; t < ids.size(); t++) {
            byte[] text = texts[ids.get(t)];
            int common = Math.max(0, Arrays.mismatch(before, text));
            common = Arrays.equals(before, text) ? text.length : common;
            for (int i = common; i < text.length; i++) {
                labels[nodes] = text[i];
                depths[nodes] = i + 1;
                parents[nodes] = path[i];
                first[nodes] = t;
                path[i + 1] = nodes++;
            }
            before = text;
            longestText = Math.max(longestText, text.length);
            if (areLetters(text)) {
                words.set(text.length);
            }
            if (text.length == 1) {
                single[text[0] & 0xFF] = true;
            }
        }
        this.label = Arrays.copyOf(labels, nodes);
        this.depth = Arrays.copyOf(depths, nodes);
        this.parent = Arrays.copyOf(parents, nodes);
        this.firstToken = Arrays.copyOf(first, nodes);
        this.tokens = ids.stream().mapToInt(Integer::intValue).toArray();
        this.end = ends(nodes, depth);
        this.longest = longestText;
        this.letters = Math.max(1, words.nextClearBit(1) - 1);
        this.lastToken = lastTokens(texts);
    }

    private static boolean areLetters(byte[] text) {
        for (byte b : text) {
            if (b < 'a' || b > 'z') {
                return false;
            }
        }
        return true;
    }

    /** The tokens that are a node's beginning itself come first among those that share it. */
    private int[] lastTokens(byte[][] texts) {
        int[] last = firstToken.clone();
        for (int node = 1; node < label.length; node++) {
            byte[] first = texts[tokens[firstToken[node]]];
            while (first.length == depth[node]
                    && last[node] < tokens.length
                    && Arrays.equals(texts[tokens[last[node]]], first)) {
                last[node]++;
            }
        }
        return last;
    }

    private static int[] ends(int nodes, int[] depth) {
        int[] end = new int[nodes];
        int[] open = new int[MOST_BYTES + 2];
        int deepest = -1;
        for (int node = 0; node < nodes; node++) {
            while (deepest >= 0 && depth[open[deepest]] >= depth[node]) {
                end[open[deepest--]] = node;
            }
            open[++deepest] = node;
        }
        while (deepest >= 0) {
            end[open[deepest--]] = nodes;
        }
        return end;
    }

    int root() {
        return 0;
    }

    /** Bytes of the longest token. */
    int longest() {
        return longest;
    }

    /** The greatest number so that some token is that many small letters, and for each smaller number as well. */
    int letters() {
        return letters;
    }

    /** The last byte of a node's beginning. */
    int label(int node) {
        return label[node] & 0xFF;
    }

    /** Bytes of a node's beginning. */
    int depth(int node) {
        return depth[node];
    }

    /** The node after the last one below. */
    int end(int node) {
        return end[node];
    }

    /** The node that is one byte shorter, -1 for the root. */
    int parent(int node) {
        return parent[node];
    }

    /** The node that is longer by a byte, -1 for none. */
    int child(int node, int b) {
        for (int child = node + 1; child < end[node]; child = end[child]) {
            if (label(child) == b) {
                return child;
            }
        }
        return -1;
    }

    /** Whether a token is the node's beginning itself. */
    boolean isToken(int node) {
        return lastToken[node] > firstToken[node];
    }

    /** Place of the first token that is the node's beginning itself, for {@link #token}. */
    int firstToken(int node) {
        return firstToken[node];
    }

    /** Place after the last such token. */
    int lastToken(int node) {
        return lastToken[node];
    }

    /** The id of the token at a place. */
    int token(int place) {
        return tokens[place];
    }

    /** Whether a byte is part of some token. */
    boolean holds(int b) {
        for (int node = 1; node < label.length; node++) {
            if (label(node) == b) {
                return true;
            }
        }
        return false;
    }

    /** Whether a token is one byte, at least the first and at most the second. */
    boolean hasByteOf(int least, int greatest) {
        for (int b = least; b <= greatest; b++) {
            if (single[b]) {
                return true;
            }
        }
        return false;
    }
}

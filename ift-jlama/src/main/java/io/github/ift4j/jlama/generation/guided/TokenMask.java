package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which tokens a state allows.
 *
 * @param distance for each token how many more tokens surely suffice to end the answer after it, {@link #FORBIDDEN} for those that do not
 *     fit, [vocabulary]
 * @param furthest the greatest distance of a token that fits
 * @param beginnings nodes of the trie after which the state does not know what follows; whether the tokens below them fit has to be asked
 *     of the state that it was cut from
 */
record TokenMask(int[] distance, int furthest, int[] beginnings) {
    static final int FORBIDDEN = Integer.MAX_VALUE;

    /** Tries all tokens. */
    static TokenMask of(StateTable table, State state, TokenTrie trie, int vocabulary) {
        Walk walk = new Walk(table, trie, vocabulary);
        walk.below(trie.root(), state);
        return new TokenMask(
                walk.distance,
                walk.furthest,
                walk.beginnings.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Adds to distances those of the tokens below one of the beginnings. */
    static void addBelow(int beginning, StateTable table, State state, TokenTrie trie, TokenDistances found) {
        State after = state;
        for (int b : bytes(beginning, trie)) {
            after = table.after(after, b);
        }
        if (after != State.DEAD) {
            new Walk(table, trie, found).below(beginning, after);
        }
    }

    private static int[] bytes(int node, TokenTrie trie) {
        int[] bytes = new int[trie.depth(node)];
        int at = node;
        for (int i = bytes.length - 1; i >= 0; i--) {
            bytes[i] = trie.label(at);
            at = trie.parent(at);
        }
        return bytes;
    }

    /** Receives the tokens that fit. */
    interface TokenDistances {
        void allow(int token, int distance);
    }

    private static final class Walk implements TokenDistances {
        private final StateTable table;
        private final TokenTrie trie;
        private final TokenDistances found;
        private final int[] distance;
        private final List<Integer> beginnings = new ArrayList<>();
        private int furthest;

        Walk(StateTable table, TokenTrie trie, int vocabulary) {
            this.table = table;
            this.trie = trie;
            this.distance = new int[vocabulary];
            this.found = this;
            Arrays.fill(distance, FORBIDDEN);
        }

        Walk(StateTable table, TokenTrie trie, TokenDistances found) {
            this.table = table;
            this.trie = trie;
            this.distance = new int[0];
            this.found = found;
        }

        @Override
        public void allow(int token, int tokens) {
            distance[token] = tokens;
            furthest = Math.max(furthest, tokens);
        }

        /** Goes through the nodes below one in order, leaving out those whose beginning does not fit. */
        void below(int top, State state) {
            State[] path = new State[trie.longest() + 1];
            path[trie.depth(top)] = state;
            int node = top + 1;
            while (node < trie.end(top)) {
                int depth = trie.depth(node);
                State after = table.after(path[depth - 1], trie.label(node));
                if (after == State.DEAD) {
                    node = trie.end(node);
                    continue;
                }
                if (after.distance() < Node.UNREACHABLE) {
                    for (int t = trie.firstToken(node); t < trie.lastToken(node); t++) {
                        found.allow(trie.token(t), (int) Math.min(after.distance(), FORBIDDEN - 1));
                    }
                }
                if (after.escaped() && trie.end(node) > node + 1) {
                    beginnings.add(node);
                    node = trie.end(node);
                } else {
                    path[depth] = after;
                    node++;
                }
            }
        }
    }
}

package io.github.ift4j.jlama.generation.guided;

import com.google.common.base.Preconditions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * A deterministic automaton over bytes. State 0 is the start, and from every other state acceptance can be reached.
 *
 * @param next the state after each byte, -1 for none, [states, 256]
 * @param accepting whether a text may end there, [states]
 */
record Dfa(int[][] next, boolean[] accepting) {
    static final int BYTES = 256;
    private static final int NONE = -1;
    private static final int MOST_STATES = 20_000;
    /** States of the nondeterministic automaton that are looked at in all: some tenths of a second. */
    private static final long MOST_WORK = 30_000_000;

    /** The texts that match the whole regular expression. */
    static Dfa of(String regex) {
        return of(PatternParser.parse(regex));
    }

    /**
     * The texts of which the pattern is the whole.
     *
     * @throws IllegalArgumentException when the automaton would be too large
     */
    static Dfa of(Pattern pattern) {
        return new Subsets(new Nfa(pattern)).build();
    }

    /** The given texts, as bytes of UTF-8. */
    static Dfa ofTexts(List<byte[]> texts) {
        List<int[]> next = new ArrayList<>();
        BitSet accepting = new BitSet();
        next.add(dead());
        for (byte[] text : texts) {
            int state = 0;
            for (byte b : text) {
                int to = next.get(state)[b & 0xFF];
                if (to == NONE) {
                    to = add(next);
                    next.get(state)[b & 0xFF] = to;
                }
                state = to;
            }
            accepting.set(state);
        }
        return of(next, accepting);
    }

    private static int add(List<int[]> next) {
        checkStates(next.size());
        next.add(dead());
        return next.size() - 1;
    }

    private static void checkStates(int states) {
        Preconditions.checkArgument(
                states < MOST_STATES, "the pattern is too complex: it needs more than %s states", MOST_STATES);
    }

    private static int[] dead() {
        int[] row = new int[BYTES];
        Arrays.fill(row, NONE);
        return row;
    }

    private static Dfa of(List<int[]> next, BitSet accepting) {
        boolean[] ends = new boolean[next.size()];
        accepting.stream().forEach(state -> ends[state] = true);
        return new Dfa(next.toArray(int[][]::new), ends).trimmed();
    }

    int size() {
        return next.length;
    }

    /** Whether no text at all is accepted. */
    boolean isEmpty() {
        return !accepting[0] && Arrays.stream(next[0]).allMatch(to -> to == NONE);
    }

    /** The texts that both accept. */
    Dfa and(Dfa other) {
        return product(other, true);
    }

    /** The texts that this accepts and the other does not. */
    Dfa minus(Dfa other) {
        return product(other, false);
    }

    private Dfa product(Dfa other, boolean both) {
        Map<Long, Integer> ids = new HashMap<>();
        List<int[]> rows = new ArrayList<>();
        BitSet ends = new BitSet();
        Deque<int[]> open = new ArrayDeque<>();
        open.add(new int[] {0, 0, 0});
        ids.put(0L, add(rows));
        while (!open.isEmpty()) {
            int[] pair = open.remove();
            boolean otherAccepts = pair[1] != NONE && other.accepting[pair[1]];
            ends.set(pair[2], accepting[pair[0]] && otherAccepts == both);
            for (int b = 0; b < BYTES; b++) {
                int mine = next[pair[0]][b];
                int its = pair[1] == NONE ? NONE : other.next[pair[1]][b];
                if (mine != NONE && (its != NONE || !both)) {
                    long key = ((long) mine << Integer.SIZE) | (its & 0xFFFFFFFFL);
                    Integer id = ids.get(key);
                    if (id == null) {
                        id = add(rows);
                        ids.put(key, id);
                        open.add(new int[] {mine, its, id});
                    }
                    rows.get(pair[2])[b] = id;
                }
            }
        }
        return of(rows, ends);
    }

    /**
     * These texts with some bytes written as two.
     *
     * @param plain which bytes stay as they are
     * @param mark the first of two bytes
     * @param pairs for each pair its second byte and the byte that it stands for
     */
    Dfa substituted(IntPredicate plain, int mark, int[][] pairs) {
        List<int[]> rows = new ArrayList<>();
        BitSet ends = new BitSet();
        for (int state = 0; state < size(); state++) {
            add(rows);
            ends.set(state, accepting[state]);
        }
        for (int state = 0; state < size(); state++) {
            for (int b = 0; b < BYTES; b++) {
                rows.get(state)[b] = plain.test(b) ? next[state][b] : NONE;
            }
            for (int[] pair : pairs) {
                int to = next[state][pair[1]];
                if (to != NONE) {
                    if (rows.get(state)[mark] == NONE) {
                        rows.get(state)[mark] = add(rows);
                    }
                    rows.get(rows.get(state)[mark])[pair[0]] = to;
                }
            }
        }
        return of(rows, ends);
    }

    /** Without the states from which acceptance cannot be reached. */
    private Dfa trimmed() {
        BitSet alive = alive();
        alive.set(0);
        int[] id = new int[size()];
        int count = 0;
        for (int state = 0; state < size(); state++) {
            id[state] = alive.get(state) ? count++ : NONE;
        }
        int[][] rows = new int[count][];
        boolean[] ends = new boolean[count];
        for (int state = alive.nextSetBit(0); state >= 0; state = alive.nextSetBit(state + 1)) {
            ends[id[state]] = accepting[state];
            rows[id[state]] = Arrays.stream(next[state])
                    .map(to -> to == NONE ? NONE : id[to])
                    .toArray();
        }
        return new Dfa(rows, ends);
    }

    private BitSet alive() {
        List<List<Integer>> before = new ArrayList<>();
        for (int state = 0; state < size(); state++) {
            before.add(new ArrayList<>());
        }
        for (int state = 0; state < size(); state++) {
            int last = NONE;
            for (int to : next[state]) {
                if (to != NONE && to != last) {
                    before.get(to).add(state);
                    last = to;
                }
            }
        }
        BitSet alive = new BitSet();
        Deque<Integer> open = new ArrayDeque<>();
        for (int state = 0; state < size(); state++) {
            if (accepting[state]) {
                alive.set(state);
                open.add(state);
            }
        }
        while (!open.isEmpty()) {
            for (int state : before.get(open.remove())) {
                if (!alive.get(state)) {
                    alive.set(state);
                    open.add(state);
                }
            }
        }
        return alive;
    }

    /** The subset construction. */
    private static final class Subsets {
        private final Nfa nfa;
        private final Map<List<Integer>, Integer> ids = new HashMap<>();
        private final List<List<Integer>> sets = new ArrayList<>();
        private final List<int[]> rows = new ArrayList<>();
        private final BitSet ends = new BitSet();
        private long work;

        Subsets(Nfa nfa) {
            this.nfa = nfa;
        }

        Dfa build() {
            BitSet start = new BitSet();
            start.set(nfa.start());
            idOf(closure(start, true, false));
            // A text without bytes ends where it starts.
            BitSet both = closure(start, true, true);
            ends.set(0, both.get(nfa.accepting()));
            for (int id = 0; id < sets.size(); id++) {
                expand(id);
            }
            return of(rows, ends);
        }

        private void expand(int id) {
            BitSet[] targets = new BitSet[BYTES];
            for (int state : sets.get(id)) {
                for (Nfa.Edge edge : nfa.edges(state)) {
                    work += edge.greatest() - edge.least() + 1;
                    for (int b = edge.least(); b <= edge.greatest(); b++) {
                        targets[b] = targets[b] == null ? new BitSet() : targets[b];
                        targets[b].set(edge.to());
                    }
                }
            }
            Map<BitSet, Integer> known = new HashMap<>();
            for (int b = 0; b < BYTES; b++) {
                if (targets[b] != null) {
                    rows.get(id)[b] = known.computeIfAbsent(targets[b], set -> idOf(closure(set, false, false)));
                }
            }
        }

        private int idOf(BitSet closed) {
            List<Integer> set = closed.stream().boxed().toList();
            work += set.size();
            Integer id = ids.get(set);
            if (id == null) {
                id = add(rows);
                ids.put(set, id);
                sets.add(set);
                ends.set(id, closure(closed, false, true).get(nfa.accepting()));
            }
            return id;
        }

        private BitSet closure(BitSet states, boolean start, boolean end) {
            BitSet closed = new BitSet();
            Deque<Integer> open = new ArrayDeque<>();
            states.stream().forEach(open::push);
            closed.or(states);
            while (!open.isEmpty()) {
                int state = open.pop();
                work++;
                follow(nfa.empty(state), closed, open);
                if (start) {
                    follow(nfa.atStart(state), closed, open);
                }
                if (end) {
                    follow(nfa.atEnd(state), closed, open);
                }
            }
            Preconditions.checkArgument(work <= MOST_WORK, "the pattern is too complex: it branches too much");
            return closed;
        }

        private static void follow(List<Integer> targets, BitSet closed, Deque<Integer> open) {
            for (int target : targets) {
                if (!closed.get(target)) {
                    closed.set(target);
                    open.push(target);
                }
            }
        }
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayList;
import java.util.List;

/**
 * A nondeterministic automaton over the bytes of UTF-8, built from a {@link Pattern} (Thompson's construction). Its size is bounded.
 */
final class Nfa {
    /** More than any sensible pattern needs; repetitions are written out. */
    static final int MOST_STATES = 60_000;

    /** An edge that any byte from the least to the greatest takes. */
    record Edge(int least, int greatest, int to) {}

    private final List<List<Edge>> edges = new ArrayList<>();
    private final List<List<Integer>> empty = new ArrayList<>();
    private final List<List<Integer>> atStart = new ArrayList<>();
    private final List<List<Integer>> atEnd = new ArrayList<>();
    private final int start;
    private final int accepting;

    /** @throws IllegalArgumentException when the pattern is too large */
    Nfa(Pattern pattern) {
        start = state();
        accepting = build(pattern, start);
    }

    int start() {
        return start;
    }

    int accepting() {
        return accepting;
    }

    List<Edge> edges(int state) {
        return edges.get(state);
    }

    /** Where it may go without reading anything. */
    List<Integer> empty(int state) {
        return empty.get(state);
    }

    /** Where it may go without reading anything before the first byte. */
    List<Integer> atStart(int state) {
        return atStart.get(state);
    }

    /** Where it may go without reading anything after the last byte. */
    List<Integer> atEnd(int state) {
        return atEnd.get(state);
    }

    private int state() {
        if (edges.size() >= MOST_STATES) {
            throw new IllegalArgumentException(
                    "the pattern is too large: its repetitions and classes, written out, make" + " more than "
                            + MOST_STATES + " states");
        }
        edges.add(new ArrayList<>());
        empty.add(new ArrayList<>());
        atStart.add(new ArrayList<>());
        atEnd.add(new ArrayList<>());
        return edges.size() - 1;
    }

    /** @return the state after the pattern */
    private int build(Pattern pattern, int from) {
        return switch (pattern) {
            case Pattern.OneOf one -> oneOf(one.set(), from);
            case Pattern.All all -> {
                int at = from;
                for (Pattern part : all.parts()) {
                    at = build(part, at);
                }
                yield at;
            }
            case Pattern.Any any -> {
                int end = state();
                for (Pattern alternative : any.alternatives()) {
                    int own = state();
                    empty.get(from).add(own);
                    empty.get(build(alternative, own)).add(end);
                }
                yield end;
            }
            case Pattern.Times times -> times(times, from);
            case Pattern.Start _ -> {
                int end = state();
                atStart.get(from).add(end);
                yield end;
            }
            case Pattern.End _ -> {
                int end = state();
                atEnd.get(from).add(end);
                yield end;
            }
        };
    }

    private int oneOf(CodePoints set, int from) {
        int end = state();
        for (CodePoints.Range range : set.ranges()) {
            for (int[][] bytes : Utf8.bytes(range)) {
                int at = from;
                for (int i = 0; i < bytes.length; i++) {
                    int to = i == bytes.length - 1 ? end : state();
                    edges.get(at).add(new Edge(bytes[i][0], bytes[i][1], to));
                    at = to;
                }
            }
        }
        return end;
    }

    private int times(Pattern.Times times, int from) {
        int at = from;
        for (int i = 0; i < times.least(); i++) {
            at = build(times.part(), at);
        }
        if (times.most() == Pattern.UNBOUNDED) {
            int loop = state();
            empty.get(at).add(loop);
            empty.get(build(times.part(), loop)).add(loop);
            return loop;
        }
        int end = state();
        for (int i = times.least(); i < times.most(); i++) {
            empty.get(at).add(end);
            at = build(times.part(), at);
        }
        empty.get(at).add(end);
        return end;
    }
}

package io.github.ift4j.jlama.generation.guided;

import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import com.google.common.collect.Sets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Finds for each node a number of tokens that surely suffices to get to the end of its part. It counts a token for a byte that can be any
 * of several, and the fewest tokens for a text that is fixed; of the characters of a string it counts as many to a token as the
 * vocabulary has small letters in one; tokens that reach beyond the end of a part are not counted on.
 */
final class Distances {
    private static final int MOST_FOLLOWED = 16;

    private final List<Graph.Part> parts;
    private final TokenTrie tokens;

    Distances(List<Graph.Part> parts, TokenTrie tokens) {
        this.parts = parts;
        this.tokens = tokens;
    }

    /** Whether each small letter is an instance of what is repeated, as in strings. */
    private static boolean repeatsLetters(Node.Repeat repeat) {
        return repeat.first() == repeat.again()
                && repeat.first() instanceof Node.Bytes bytes
                && IntStream.rangeClosed('a', 'z').allMatch(letter -> bytes.after(letter) instanceof Node.End);
    }

    /** Settles a part again each time a rule that it enters has come nearer. */
    void settle() {
        SetMultimap<Node, Graph.Part> callers = LinkedHashMultimap.create();
        for (Graph.Part part : parts) {
            for (Node node : part.nodes()) {
                if (node instanceof Node.Call call) {
                    callers.put(call.start(), part);
                }
                if (node instanceof Node.Repeat repeat && repeatsLetters(repeat)) {
                    repeat.setRun(tokens.letters());
                }
            }
        }
        Set<Graph.Part> open = Sets.newIdentityHashSet();
        Deque<Graph.Part> queue = new ArrayDeque<>(parts.reversed());
        open.addAll(parts);
        while (!queue.isEmpty()) {
            Graph.Part part = queue.remove();
            open.remove(part);
            long before = part.start().distance();
            settle(part);
            if (part.start().distance() < before) {
                callers.get(part.start()).stream().filter(open::add).forEach(queue::add);
            }
        }
    }

    private void settle(Graph.Part part) {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Node node : part.nodes()) {
                changed |= node.nearer(known(node));
            }
        }
    }

    private long known(Node node) {
        return switch (node) {
            case Node.End _ -> 0;
            case Node.Fork fork -> {
                long least = Node.UNREACHABLE;
                for (Node target : fork.targets()) {
                    least = Math.min(least, target.distance());
                }
                yield least;
            }
            case Node.Call call -> Node.sum(call.start().distance(), call.back().distance());
            case Node.Repeat repeat -> repeat(repeat);
            case Node.Bytes bytes -> Math.min(byBytes(bytes), byTokens(bytes, tokens.root()));
        };
    }

    private static long repeat(Node.Repeat repeat) {
        if (repeat.least() == 0) {
            return repeat.exit().distance();
        }
        long written = repeat.first() == repeat.again()
                ? repeat.distanceOf(repeat.least())
                : Node.sum(repeat.first().distance(), repeat.distanceOf(repeat.least() - 1));
        return Node.sum(written, repeat.exit().distance());
    }

    private long byBytes(Node.Bytes node) {
        long least = Node.UNREACHABLE;
        for (int edge = 0; edge < node.edges(); edge++) {
            if (tokens.hasByteOf(node.least(edge), node.greatest(edge))) {
                least = Math.min(least, Node.sum(1, node.target(edge).distance()));
            }
        }
        return least;
    }

    /** Follows the tokens that begin as the trie's node says, along bytes that are fixed. */
    private long byTokens(Node.Bytes node, int prefix) {
        long least = Node.UNREACHABLE;
        for (int edge = 0; edge < node.edges(); edge++) {
            if (node.least(edge) == node.greatest(edge)) {
                int longer = tokens.child(prefix, node.least(edge));
                if (longer >= 0) {
                    Node target = node.target(edge);
                    if (tokens.isToken(longer)) {
                        least = Math.min(least, Node.sum(1, target.distance()));
                    }
                    for (Node.Bytes next : reading(target)) {
                        least = Math.min(least, byTokens(next, longer));
                    }
                }
            }
        }
        return least;
    }

    /** The first of the nodes that read what comes next: with fewer a distance is greater, and still suffices. */
    private static List<Node.Bytes> reading(Node node) {
        List<Node.Bytes> all = new ArrayList<>();
        Deque<Node> open = new ArrayDeque<>(List.of(node));
        while (!open.isEmpty() && all.size() < MOST_FOLLOWED) {
            switch (open.pop()) {
                case Node.Bytes bytes -> all.add(bytes);
                case Node.Fork fork -> List.of(fork.targets()).reversed().forEach(open::push);
                case Node.Call _, Node.Repeat _, Node.End _ -> {}
            }
        }
        return all;
    }
}

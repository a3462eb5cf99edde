package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A compiled grammar.
 *
 * @param parts the answer and each rule
 * @param start where an answer starts
 */
record Graph(List<Part> parts, Node start) {
    private static final int FIRST_WITHOUT_ASCII = 0x80;

    /**
     * The answer or a rule.
     *
     * @param start where it starts
     * @param nodes each after those that it leads to, as far as there are no cycles
     */
    record Part(Node start, List<Node> nodes) {}

    /**
     * Finds how far each node is from the end of its part, in tokens of a vocabulary.
     *
     * @throws IllegalArgumentException when a repeated part may be empty, a rule begins with itself, or nothing can be written
     */
    void measure(TokenTrie tokens) {
        new Distances(parts, tokens).settle();
        for (Node node : nodes()) {
            if (node instanceof Node.Repeat repeat
                    && (repeat.first().distance() == 0 || repeat.again().distance() == 0)) {
                throw new IllegalArgumentException("a repeated part of the grammar may be empty");
            }
        }
        checkProgress();
        if (start.distance() >= Node.UNREACHABLE) {
            throw new IllegalArgumentException(
                    "no text that has an end and that the vocabulary can write fits the grammar"
                            + endless()
                                    .map(rule -> "; there is none for " + rule)
                                    .orElse("")
                            + unwritable(tokens));
        }
    }

    /** Number of nodes. */
    int size() {
        return parts.stream().mapToInt(part -> part.nodes().size()).sum();
    }

    private Optional<String> endless() {
        return nodes().stream()
                .filter(node -> node instanceof Node.Call call && call.start().distance() >= Node.UNREACHABLE)
                .map(node -> ((Node.Call) node).rule().name())
                .findFirst();
    }

    /** Characters that the grammar asks for and no token writes. */
    private String unwritable(TokenTrie tokens) {
        String missing = nodes().stream()
                .filter(node -> node instanceof Node.Bytes bytes
                        && bytes.edges() == 1
                        && bytes.least(0) == bytes.greatest(0)
                        && bytes.least(0) < FIRST_WITHOUT_ASCII)
                .map(node -> ((Node.Bytes) node).least(0))
                .distinct()
                .filter(b -> !tokens.holds(b))
                .map(b -> Character.toString(b))
                .collect(Collectors.joining(" "));
        return missing.isEmpty() ? "" : "; the model has no token for " + missing;
    }

    private List<Node> nodes() {
        return parts.stream().flatMap(part -> part.nodes().stream()).toList();
    }

    /** For each byte the number of its class: bytes of a class lead to the same nodes everywhere. */
    int[] byteClasses() {
        BitSet starts = new BitSet();
        for (Node node : nodes()) {
            if (node instanceof Node.Bytes bytes) {
                for (int edge = 0; edge < bytes.edges(); edge++) {
                    starts.set(bytes.least(edge));
                    starts.set(bytes.greatest(edge) + 1);
                }
            }
        }
        int[] classes = new int[Dfa.BYTES];
        int current = 0;
        for (int b = 0; b < classes.length; b++) {
            current += b > 0 && starts.get(b) ? 1 : 0;
            classes[b] = current;
        }
        return classes;
    }

    /** Refuses rules that enter themselves before anything is written: they would be entered without end. */
    private void checkProgress() {
        Map<Node, Boolean> finished = new HashMap<>();
        for (Node root : nodes()) {
            Deque<Node> path = new ArrayDeque<>();
            path.push(root);
            while (!path.isEmpty()) {
                Node node = path.peek();
                if (finished.containsKey(node)) {
                    path.pop();
                    finished.put(node, true);
                    continue;
                }
                finished.put(node, false);
                for (Node target : withoutReading(node)) {
                    Boolean state = finished.get(target);
                    if (state == null) {
                        path.push(target);
                    } else if (!state) {
                        throw new IllegalArgumentException(
                                "the rule" + name(target) + " begins with itself, so that it would never begin");
                    }
                }
            }
        }
    }

    private static String name(Node node) {
        return node instanceof Node.Call call ? " " + call.rule().name() : "";
    }

    private static List<Node> withoutReading(Node node) {
        return switch (node) {
            case Node.Bytes _, Node.End _ -> List.of();
            case Node.Fork fork -> Arrays.asList(fork.targets());
            case Node.Call call ->
                call.start().distance() == 0 ? List.of(call.start(), call.back()) : List.of(call.start());
            case Node.Repeat repeat ->
                repeat.least() == 0 ? List.of(repeat.first(), repeat.exit()) : List.of(repeat.first());
        };
    }
}

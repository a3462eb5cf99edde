package io.github.ift4j.jlama.generation.guided;

import com.google.common.base.Preconditions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compiles a grammar to nodes, from its end to its start, so that a node comes after those that it leads to. */
final class GraphBuilder {
    /** About 50 MiB. */
    static final int MOST_NODES = 300_000;

    private static final int DEEPEST = 1_000;

    private final List<Node> nodes = new ArrayList<>();
    private final Node end = add(new Node.End());
    private final Map<Parts.Rule, Node> rules = new HashMap<>();
    private final Deque<Parts.Rule> open = new ArrayDeque<>();
    private final List<Node.Call> calls = new ArrayList<>();
    private int depth;

    private GraphBuilder() {}

    /**
     * @return the graph without distances
     * @throws IllegalArgumentException when a part of the grammar is broken or it is too large
     */
    static Graph build(Grammar grammar) {
        GraphBuilder builder = new GraphBuilder();
        Node start = builder.node(grammar, builder.end);
        List<Graph.Part> parts = new ArrayList<>();
        parts.add(builder.part(start, 0));
        while (!builder.open.isEmpty()) {
            Parts.Rule rule = builder.open.remove();
            int first = builder.nodes.size();
            Node body = builder.node(rule.body(), builder.end);
            builder.rules.put(rule, body);
            parts.add(builder.part(body, first));
        }
        for (Node.Call call : builder.calls) {
            call.setStart(builder.rules.get(call.rule()));
        }
        return new Graph(parts, start);
    }

    private Graph.Part part(Node start, int first) {
        return new Graph.Part(start, List.copyOf(nodes.subList(first, nodes.size())));
    }

    private <N extends Node> N add(N node) {
        Preconditions.checkArgument(
                nodes.size() < MOST_NODES, "the grammar is too large: it needs more than %s places", MOST_NODES);
        nodes.add(node);
        return node;
    }

    /** Where a grammar starts that is followed by a node. */
    private Node node(Grammar grammar, Node next) {
        Preconditions.checkArgument(++depth <= DEEPEST, "the grammar is nested more than %s deep", DEEPEST);
        Node start = switch (grammar) {
            case Grammar.Literal literal -> bytes(utf8(literal.text()), next);
            case Grammar.Regex regex -> automaton(Dfa.of(regex.regex()), next);
            case Grammar.Choice choice ->
                automaton(
                        Dfa.ofTexts(
                                choice.texts().stream().map(GraphBuilder::utf8).toList()),
                        next);
            case Grammar.Json json -> node(json.object() ? JsonText.OBJECT : JsonText.VALUE, next);
            case Grammar.JsonSchema schema -> node(SchemaCompiler.compile(schema.schema()), next);
            case Grammar.Sequence sequence -> {
                Node first = next;
                for (Grammar part : sequence.parts().reversed()) {
                    first = node(part, first);
                }
                yield first;
            }
            case Grammar.AnyOf any ->
                fork(any.alternatives().stream()
                        .map(alternative -> node(alternative, next))
                        .toList());
            case Grammar.Repeated repeated -> repeat(repeated, next);
            case Grammar.AfterTrigger triggered -> triggered(triggered, next);
            case Parts.Automaton automaton -> automaton(automaton.dfa(), next);
            case Parts.Reference reference -> call(reference.rule(), next);
            case Parts.Members members -> members(members, next);
        };
        depth--;
        return start;
    }

    private static byte[] utf8(String text) {
        Preconditions.checkArgument(
                StandardCharsets.UTF_8.newEncoder().canEncode(text), "a text holds half of a surrogate pair");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Node bytes(byte[] text, Node next) {
        Node first = next;
        for (int i = text.length - 1; i >= 0; i--) {
            first = add(Node.Bytes.of(text[i] & 0xFF, first));
        }
        return first;
    }

    private Node fork(List<Node> targets) {
        return targets.size() == 1 ? targets.getFirst() : add(new Node.Fork(targets.toArray(Node[]::new)));
    }

    private Node automaton(Dfa dfa, Node next) {
        Preconditions.checkArgument(!dfa.isEmpty(), "no text at all matches the pattern");
        Node.Bytes[] reading = new Node.Bytes[dfa.size()];
        Node[] starts = new Node[dfa.size()];
        // The start comes last, as in all other parts.
        for (int state = dfa.size() - 1; state >= 0; state--) {
            reading[state] = reading(dfa.next()[state]);
            starts[state] = !dfa.accepting()[state]
                    ? add(reading[state])
                    : reading[state].edges() == 0 ? next : add(new Node.Fork(add(reading[state]), next));
        }
        for (int state = 0; state < dfa.size(); state++) {
            for (int edge = 0; edge < reading[state].edges(); edge++) {
                reading[state].setTarget(edge, starts[dfa.next()[state][reading[state].least(edge)]]);
            }
        }
        return starts[0];
    }

    /** A node with an edge for each run of bytes that lead to the same state. */
    private static Node.Bytes reading(int[] row) {
        List<Integer> least = new ArrayList<>();
        List<Integer> greatest = new ArrayList<>();
        for (int b = 0; b < row.length; b++) {
            if (row[b] >= 0 && b > 0 && row[b] == row[b - 1]) {
                greatest.set(greatest.size() - 1, b);
            } else if (row[b] >= 0) {
                least.add(b);
                greatest.add(b);
            }
        }
        return new Node.Bytes(
                least.stream().mapToInt(Integer::intValue).toArray(),
                greatest.stream().mapToInt(Integer::intValue).toArray());
    }

    private Node repeat(Grammar.Repeated repeated, Node next) {
        if (repeated.most() == 0) {
            return next;
        }
        Node first = node(repeated.part(), end);
        return add(new Node.Repeat(first, node(repeated.separator(), first), repeated.least(), repeated.most(), next));
    }

    private Node triggered(Grammar.AfterTrigger triggered, Node next) {
        utf8(triggered.trigger());
        Grammar started =
                Grammar.sequence(new Parts.Automaton(FreeText.until(triggered.trigger())), triggered.grammar());
        Grammar free = new Parts.Automaton(FreeText.without(triggered.trigger()));
        return node(
                triggered.again()
                        ? Grammar.sequence(Grammar.repeated(started, Grammar.literal(""), 0, Grammar.UNBOUNDED), free)
                        : Grammar.anyOf(List.of(free, started)),
                next);
    }

    private Node call(Parts.Rule rule, Node next) {
        if (rules.putIfAbsent(rule, end) == null) {
            open.add(rule);
        }
        Node.Call call = add(new Node.Call(rule, next));
        calls.add(call);
        return call;
    }

    /** Each member once, whether or not another comes before it. */
    private Node members(Parts.Members members, Node next) {
        Node whenFirst = next;
        Node whenLater = next;
        if (members.others().isPresent() && members.mostOthers() > 0) {
            Node first = node(members.others().get(), end);
            Node others = add(new Node.Repeat(first, node(JsonText.COMMA, first), 1, members.mostOthers(), next));
            whenFirst = add(new Node.Fork(others, next));
            whenLater = add(new Node.Fork(node(JsonText.COMMA, others), next));
        }
        for (Parts.Member member : members.members().reversed()) {
            Node own = node(member.grammar(), whenLater);
            Node later = node(JsonText.COMMA, own);
            whenFirst = member.required() ? own : add(new Node.Fork(own, whenFirst));
            whenLater = member.required() ? later : add(new Node.Fork(later, whenLater));
        }
        return whenFirst;
    }
}

package io.github.ift4j.jlama.generation.guided;

/**
 * A grammar over the tokens of a vocabulary: what {@link io.github.ift4j.jlama.generation.GenerationRequest} takes to guide an answer.
 * Compiled once, it serves any number of requests at a time. Immutable to those who use it and thread-safe.
 */
public final class Guide {
    private final GuideVocabulary vocabulary;
    private final StateTable table;
    private final int minTokens;

    private Guide(GuideVocabulary vocabulary, StateTable table, int minTokens) {
        this.vocabulary = vocabulary;
        this.table = table;
        this.minTokens = minTokens;
    }

    /**
     * Compiles a grammar.
     *
     * @throws IllegalArgumentException when the grammar is broken, asks for what cannot be enforced, is too large or too complex, or
     *     cannot be written with the vocabulary; the message says what and, in a schema, where
     */
    public static Guide of(Grammar grammar, GuideVocabulary vocabulary) {
        Graph graph = GraphBuilder.build(grammar);
        graph.measure(vocabulary.later());
        StateTable table = new StateTable(
                graph, Math.max(vocabulary.first().longest(), vocabulary.later().longest()));
        return new Guide(vocabulary, table, minTokens(vocabulary, table));
    }

    /** The first token may write other than later ones do. */
    private static int minTokens(GuideVocabulary vocabulary, StateTable table) {
        if (table.start().accepting()) {
            return 0;
        }
        int least = TokenMask.FORBIDDEN;
        for (int distance : TokenMask.of(table, table.start(), vocabulary.first(), vocabulary.size())
                .distance()) {
            least = Math.min(least, distance);
        }
        if (least == TokenMask.FORBIDDEN) {
            throw new IllegalArgumentException("the vocabulary has no token that an answer of the grammar begins with");
        }
        return least + 1;
    }

    /**
     * With how many tokens an answer is sure to be complete; with fewer a request is refused. It is the fewest possible, except where one
     * token could write several characters that a pattern leaves open, or reach from a rule or a repeated part into what follows it: there
     * a token is counted for each of them.
     */
    public int minTokens() {
        return minTokens;
    }

    /** Places of the grammar, of which one takes about 100 bytes. */
    int size() {
        return table.size();
    }

    /** The state of a new answer. */
    public GuidedAnswer start() {
        return new GuidedAnswer(vocabulary, table);
    }
}

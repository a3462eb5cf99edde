package io.github.ift4j.jlama.generation.guided;

/**
 * What is to follow the part that is being written: the stack of a pushdown automaton. Immutable; equal to frames over the same parent
 * object, of which {@link StateTable} keeps one each.
 */
final class Frame {
    /** Below it is nothing: the answer ends. */
    static final Frame BOTTOM = new Frame(null, 0, 0, null);
    /** Below it is what another state knows. */
    static final Frame UNKNOWN = new Frame(null, 0, 0, null);

    private final Node node;
    private final int least;
    private final int most;
    private final Frame parent;
    private final long distance;
    private final int hash;

    private Frame(Node node, int least, int most, Frame parent) {
        this.node = node;
        this.least = least;
        this.most = most;
        this.parent = parent;
        this.distance = parent == null ? 0 : Node.sum(parent.distance, ownDistance());
        this.hash = ((System.identityHashCode(node) * 31 + least) * 31 + most) * 31 + System.identityHashCode(parent);
    }

    /** Comes back to a node. */
    static Frame of(Node.Call call, Frame parent) {
        return new Frame(call.back(), 0, 0, parent);
    }

    /**
     * Goes on with a repetition.
     *
     * @param least how many times the part has to come yet
     * @param most how many times it may come yet
     */
    static Frame of(Node.Repeat repeat, int least, int most, Frame parent) {
        return new Frame(repeat, least, most, parent);
    }

    /** This frame over another, with other bounds. */
    Frame on(int newLeast, int newMost, Frame newParent) {
        return new Frame(node, newLeast, newMost, newParent);
    }

    private long ownDistance() {
        return node instanceof Node.Repeat repeat
                ? Node.sum(
                        Node.product(least, repeat.again().distance()),
                        repeat.exit().distance())
                : node.distance();
    }

    Node node() {
        return node;
    }

    int least() {
        return least;
    }

    int most() {
        return most;
    }

    Frame parent() {
        return parent;
    }

    /** Tokens that surely suffice from a place in the part on; where a repeated part has only been entered, a token may write it more often. */
    long distanceFrom(Node.Bytes place) {
        return node instanceof Node.Repeat repeat && repeat.run() > 1 && place == repeat.first()
                ? Node.sum(Node.sum(repeat.distanceOf(least + 1L), repeat.exit().distance()), parent.distance)
                : Node.sum(place.distance(), distance);
    }

    /** Tokens that surely suffice to write all that is to follow. */
    long distance() {
        return distance;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Frame frame
                        && parent != null
                        && frame.parent == parent
                        && frame.node == node
                        && frame.least == least
                        && frame.most == most;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.util.List;

/**
 * Where an answer stands: all places of the grammar that it may have reached, with what is to follow each. Immutable but for what it
 * remembers of its successors; states with equal places are equal.
 */
final class State {
    /** No place at all: what was written does not fit. */
    static final State DEAD = new State(List.of(), false, false, 0);

    /**
     * A place.
     *
     * @param node reads the next byte
     * @param frame what follows the node's part
     */
    record Place(Node.Bytes node, Frame frame) {
        /** Tokens that surely suffice to end the answer from there. */
        long distance() {
            return frame.distanceFrom(node);
        }
    }

    /**
     * A state that allows the same tokens.
     *
     * @param state the nearest frames of each place, over {@link Frame#UNKNOWN}
     * @param slack by how many tokens it is nearer to the end, at most
     * @param exact whether it is by so many for each place
     */
    record Cut(State state, long slack, boolean exact) {}

    private final List<Place> places;
    private final boolean accepting;
    private final boolean escaped;
    private final long distance;
    private final State[] next;
    private final int hash;
    private Cut cut;

    /**
     * @param accepting whether the answer may end here
     * @param escaped whether what follows is {@link Frame#UNKNOWN}
     * @param classes of bytes
     */
    State(List<Place> places, boolean accepting, boolean escaped, int classes) {
        this.places = places;
        this.accepting = accepting;
        this.escaped = escaped;
        this.distance = accepting || escaped
                ? 0
                : places.stream().mapToLong(Place::distance).min().orElse(Node.UNREACHABLE);
        this.next = new State[classes];
        this.hash = places.hashCode() * 4 + (accepting ? 2 : 0) + (escaped ? 1 : 0);
    }

    List<Place> places() {
        return places;
    }

    boolean accepting() {
        return accepting;
    }

    boolean escaped() {
        return escaped;
    }

    /** Tokens that surely suffice to end the answer; of an escaped state, to leave what is known. */
    long distance() {
        return distance;
    }

    /** The state after a byte of a class, null while that is not known. Threads may find it out at the same time. */
    State next(int byteClass) {
        return next[byteClass];
    }

    void setNext(int byteClass, State state) {
        next[byteClass] = state;
    }

    /** See {@link Cut}; null while that is not known. */
    Cut cut() {
        return cut;
    }

    void setCut(Cut known) {
        cut = known;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof State state
                        && state.hash == hash
                        && state.accepting == accepting
                        && state.escaped == escaped
                        && state.places.equals(places);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The automaton of a grammar, made as far as answers come to need it. Thread-safe; it forgets all states when they become too many, and
 * answers under way go on with those that they hold.
 */
final class StateTable {
    private static final int MOST_STATES = 20_000;
    private static final int MOST_FRAMES = 200_000;
    private static final int MOST_PLACES_IN_ALL = 500_000;
    /** Of more places than these, which ambiguous grammars have, those farthest from the end are given up. */
    private static final int MOST_PLACES = 1_024;
    /** Frames that a cut state knows: a token rarely ends more parts than these. */
    private static final int KNOWN_FRAMES = 3;
    /** States of more places are too close to {@link #MOST_PLACES}: a cut one might give up others. */
    private static final int MOST_CUT = 64;

    private final Graph graph;
    private final int[] classOfByte;
    private final int[] byteOfClass;
    private final int longestToken;
    private final ConcurrentHashMap<State, State> states = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Frame, Frame> frames = new ConcurrentHashMap<>();
    private final AtomicInteger places = new AtomicInteger();
    private volatile State start;

    /** @param longestToken bytes of the longest token */
    StateTable(Graph graph, int longestToken) {
        this.graph = graph;
        this.classOfByte = graph.byteClasses();
        this.byteOfClass = new int[classOfByte[classOfByte.length - 1] + 1];
        for (int b = classOfByte.length - 1; b >= 0; b--) {
            byteOfClass[classOfByte[b]] = b;
        }
        this.longestToken = longestToken;
    }

    private State initial() {
        Reached reached = new Reached();
        reached.add(graph.start(), Frame.BOTTOM);
        return kept(reached.state());
    }

    /** Places of the grammar. */
    int size() {
        return graph.size();
    }

    /** Where every answer starts. */
    State start() {
        State known = start;
        if (known == null) {
            known = initial();
            start = known;
        }
        return known;
    }

    /** The state after a byte, {@link State#DEAD} when it does not fit. */
    State after(State state, int b) {
        int byteClass = classOfByte[b];
        State known = state.next(byteClass);
        if (known == null) {
            known = find(state, byteOfClass[byteClass]);
            state.setNext(byteClass, known);
        }
        return known;
    }

    private State find(State state, int b) {
        Reached reached = new Reached();
        for (State.Place place : state.places()) {
            Node target = place.node().after(b);
            if (target != null) {
                reached.add(target, place.frame());
            }
        }
        State found = reached.state();
        return found.places().isEmpty() && !found.accepting() && !found.escaped() ? State.DEAD : kept(found);
    }

    /** A state that allows the same tokens as the given one, and many others as well. */
    State.Cut cut(State state) {
        State.Cut known = state.cut();
        if (known == null) {
            known = findCut(state);
            state.setCut(known);
        }
        return known;
    }

    private State.Cut findCut(State state) {
        if (state.places().size() > MOST_CUT) {
            return new State.Cut(state, 0, true);
        }
        Set<State.Place> places = new LinkedHashSet<>();
        long least = Long.MAX_VALUE;
        long most = 0;
        for (State.Place place : state.places()) {
            State.Place cut = new State.Place(place.node(), cut(place.frame(), KNOWN_FRAMES));
            long slack = place.distance() - cut.distance();
            least = Math.min(least, slack);
            most = Math.max(most, slack);
            places.add(cut);
        }
        State cut = kept(new State(List.copyOf(places), state.accepting(), state.escaped(), byteOfClass.length));
        return new State.Cut(cut, most, least == most);
    }

    /** A token cannot use up more repetitions than it has bytes. */
    private Frame cut(Frame frame, int known) {
        if (frame.parent() == null) {
            return frame;
        }
        if (known == 0) {
            return Frame.UNKNOWN;
        }
        return kept(frame.on(
                cut(frame.least(), frame.node() instanceof Node.Repeat repeat ? repeat.run() : 1),
                frame.most() > longestToken ? Grammar.UNBOUNDED : frame.most(),
                cut(frame.parent(), known - 1)));
    }

    /** A smaller number that is as many runs and a rest of the same length, so that the distance changes alike whatever is written. */
    private int cut(int least, int run) {
        int enough = longestToken + 1;
        return least <= enough ? least : enough + (least - enough) % run;
    }

    private State kept(State state) {
        if (states.size() >= MOST_STATES || frames.size() >= MOST_FRAMES || places.get() >= MOST_PLACES_IN_ALL) {
            states.clear();
            frames.clear();
            places.set(0);
            start = null;
        }
        State first = states.putIfAbsent(state, state);
        places.addAndGet(first == null ? state.places().size() : 0);
        return first == null ? state : first;
    }

    private Frame kept(Frame frame) {
        Frame first = frames.putIfAbsent(frame, frame);
        return first == null ? frame : first;
    }

    /** The places that are reached without reading anything. */
    private final class Reached {
        private record At(Node node, Frame frame) {}

        private final Set<At> seen = new LinkedHashSet<>();
        private final Deque<At> open = new ArrayDeque<>();
        private final List<State.Place> places = new ArrayList<>();
        private boolean accepting;
        private boolean escaped;

        void add(Node node, Frame frame) {
            enter(node, frame);
            while (!open.isEmpty()) {
                At at = open.pop();
                follow(at.node, at.frame);
            }
        }

        State state() {
            List<State.Place> kept = places;
            if (places.size() > MOST_PLACES) {
                kept = places.stream()
                        .sorted(Comparator.comparingLong(State.Place::distance))
                        .limit(MOST_PLACES)
                        .toList();
            }
            return new State(List.copyOf(kept), accepting, escaped, byteOfClass.length);
        }

        private void enter(Node node, Frame frame) {
            At at = new At(node, frame);
            if (seen.add(at)) {
                open.push(at);
            }
        }

        private void follow(Node node, Frame frame) {
            switch (node) {
                case Node.Bytes bytes -> places.add(new State.Place(bytes, frame));
                case Node.Fork fork -> {
                    for (Node target : fork.targets()) {
                        enter(target, frame);
                    }
                }
                case Node.Call call -> enter(call.start(), kept(Frame.of(call, frame)));
                case Node.Repeat repeat -> repeat(repeat, repeat.first(), repeat.least(), repeat.most(), frame);
                case Node.End _ -> leave(frame);
            }
        }

        private void leave(Frame frame) {
            if (frame.parent() == null) {
                accepting |= frame == Frame.BOTTOM;
                escaped |= frame == Frame.UNKNOWN;
            } else if (frame.node() instanceof Node.Repeat repeat) {
                repeat(repeat, repeat.again(), frame.least(), frame.most(), frame.parent());
            } else {
                enter(frame.node(), frame.parent());
            }
        }

        private void repeat(Node.Repeat repeat, Node part, int least, int most, Frame parent) {
            if (least == 0) {
                enter(repeat.exit(), parent);
            }
            if (most > 0) {
                int mostAfter = most == Grammar.UNBOUNDED ? most : most - 1;
                enter(part, kept(Frame.of(repeat, Math.max(0, least - 1), mostAfter, parent)));
            }
        }
    }
}

package io.github.ift4j.jlama.generation.guided;

/**
 * A place in a compiled grammar. Nodes are shared and never change once the graph is complete; {@link #distance()} is the number of tokens
 * that surely suffice to get from there to the end of the node's own part, the part being what a {@link Call} or a {@link Repeat} enters.
 */
abstract sealed class Node {
    /** So far away that it cannot be reached: no text of the vocabulary leads there. */
    static final long UNREACHABLE = Long.MAX_VALUE / 4;

    private long distance = UNREACHABLE;

    /** See {@link Node}. */
    final long distance() {
        return distance;
    }

    /** @return whether that is nearer than what was known */
    final boolean nearer(long known) {
        boolean nearer = known < distance;
        distance = Math.min(known, distance);
        return nearer;
    }

    /** What can be reached stays so, however far it is. */
    static long sum(long a, long b) {
        return a == UNREACHABLE || b == UNREACHABLE ? UNREACHABLE : Math.min(UNREACHABLE - 1, a + b);
    }

    /** See {@link #sum}. */
    static long product(long times, long distance) {
        if (times == 0 || distance == UNREACHABLE) {
            return times == 0 ? 0 : UNREACHABLE;
        }
        return distance > (UNREACHABLE - 1) / times ? UNREACHABLE - 1 : times * distance;
    }

    /** Reads a byte. */
    static final class Bytes extends Node {
        private final int[] least;
        private final int[] greatest;
        private final Node[] targets;

        /** One range an edge; ranges of the same node do not overlap. The targets may be set later. */
        Bytes(int[] least, int[] greatest) {
            this.least = least;
            this.greatest = greatest;
            this.targets = new Node[least.length];
        }

        static Bytes of(int b, Node target) {
            Bytes node = new Bytes(new int[] {b}, new int[] {b});
            node.targets[0] = target;
            return node;
        }

        int edges() {
            return targets.length;
        }

        int least(int edge) {
            return least[edge];
        }

        int greatest(int edge) {
            return greatest[edge];
        }

        Node target(int edge) {
            return targets[edge];
        }

        void setTarget(int edge, Node target) {
            targets[edge] = target;
        }

        /** Where a byte leads, null for nowhere. */
        Node after(int b) {
            for (int edge = 0; edge < least.length; edge++) {
                if (b >= least[edge] && b <= greatest[edge]) {
                    return targets[edge];
                }
            }
            return null;
        }
    }

    /** Goes on at any of the targets. */
    static final class Fork extends Node {
        private final Node[] targets;

        Fork(Node... targets) {
            this.targets = targets;
        }

        Node[] targets() {
            return targets;
        }

        void setTarget(int i, Node target) {
            targets[i] = target;
        }
    }

    /** Enters a rule and comes back to a node. */
    static final class Call extends Node {
        private final Parts.Rule rule;
        private final Node back;
        private Node start;

        Call(Parts.Rule rule, Node back) {
            this.rule = rule;
            this.back = back;
        }

        Parts.Rule rule() {
            return rule;
        }

        Node back() {
            return back;
        }

        Node start() {
            return start;
        }

        void setStart(Node node) {
            start = node;
        }
    }

    /** Enters a part a number of times. */
    static final class Repeat extends Node {
        private final Node first;
        private final Node again;
        private final int least;
        private final int most;
        private final Node exit;
        private int run = 1;

        /**
         * @param first where the part starts
         * @param again where the separator before the part starts
         */
        Repeat(Node first, Node again, int least, int most, Node exit) {
            this.first = first;
            this.again = again;
            this.least = least;
            this.most = most;
            this.exit = exit;
        }

        Node first() {
            return first;
        }

        Node again() {
            return again;
        }

        int least() {
            return least;
        }

        int most() {
            return most;
        }

        Node exit() {
            return exit;
        }

        /** Tells that a token may write the part as often as that, and any fewer times. */
        void setRun(int times) {
            run = times;
        }

        /** How many times a token may write the part. */
        int run() {
            return run;
        }

        /** Tokens that surely suffice to write the part, with the separator before it, a number of times. */
        long distanceOf(long times) {
            return product((times + run - 1) / run, again.distance());
        }
    }

    /** The end of a rule, of a repeated part, or of the answer. */
    static final class End extends Node {
        End() {
            nearer(0);
        }
    }
}

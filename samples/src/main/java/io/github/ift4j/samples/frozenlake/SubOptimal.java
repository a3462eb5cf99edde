package io.github.ift4j.samples.frozenlake;

import java.util.Locale;

/** How the sub-optimal trajectory differs from the optimal one. All but the last reach the goal, in more steps. */
public enum SubOptimal {
    /**
     * It follows the optimal trajectory to its middle, takes one bad step there and goes on optimally. A bad step is the action of
     * least value among those that are not optimal and most probably lead to another cell from which the goal can be reached; when
     * the middle has none, the next state of the trajectory that has one is taken, the earlier ones last.
     */
    ONCE,
    /** It takes such a bad step the first time that it is in a cell, wherever there is one. */
    EVERYWHERE,
    /**
     * It goes first, on a shortest way, to the cell that is farthest from all cells of the optimal trajectory, and from there to
     * the goal; of several such cells to the lowest, and to none that leaves the way as short as it was.
     */
    FARTHEST,
    /**
     * It follows the optimal trajectory to its middle, or else to the next state of it beside a hole, the earlier ones last, and
     * steps into the hole.
     */
    HOLE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package io.github.ift4j.samples.frozenlake;

import java.util.List;

/** What the agent can do, in Gymnasium's order: the ordinal is the action's number. */
public enum Action {
    /** One column to the left. */
    LEFT(0, -1),
    /** One row down. */
    DOWN(1, 0),
    /** One column to the right. */
    RIGHT(0, 1),
    /** One row up. */
    UP(-1, 0);

    private static final List<Action> ALL = List.of(values());

    private final int rows;
    private final int columns;

    Action(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
    }

    /** Rows that it moves the agent down. */
    int rows() {
        return rows;
    }

    /** Columns that it moves the agent to the right. */
    int columns() {
        return columns;
    }

    /** Where the agent moves on slippery ice, each with probability 1/3: as intended, or at a right angle to that. */
    List<Action> slips() {
        int count = ALL.size();
        return List.of(ALL.get((ordinal() + count - 1) % count), this, ALL.get((ordinal() + 1) % count));
    }
}

package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;

/** What a cell of the lake is made of; the letters are Gymnasium's. */
public enum Tile {
    /** Where an episode begins, safe to stand on. */
    START,
    /** Safe to stand on. */
    FROZEN,
    /** Ends the episode without reward. */
    HOLE,
    /** Ends the episode with reward 1. */
    GOAL;

    /** First letter of the name, as in Gymnasium's maps. */
    public char letter() {
        return name().charAt(0);
    }

    /** Whether an episode ends here. */
    public boolean isTerminal() {
        return this == HOLE || this == GOAL;
    }

    /** @throws IllegalArgumentException when no tile has that letter */
    static Tile of(char letter) {
        for (Tile tile : values()) {
            if (tile.letter() == letter) {
                return tile;
            }
        }
        Preconditions.checkArgument(false, "'%s' is no cell of a lake; cells are S, F, H and G", letter);
        throw new AssertionError();
    }
}

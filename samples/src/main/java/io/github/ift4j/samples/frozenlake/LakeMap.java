package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The cells of a lake. A state is the number of a cell, row by row from the top left corner.
 *
 * @param name of the map, for reports
 * @param columns cells of a row
 * @param tiles all cells, row by row, with one start and at least one goal
 */
public record LakeMap(String name, int columns, List<Tile> tiles) {
    private static final int LARGEST = 1024;

    public LakeMap {
        tiles = List.copyOf(tiles);
        Preconditions.checkArgument(
                tiles.size() >= 2 && tiles.size() <= LARGEST,
                "%s: a lake has 2 to %s cells, this one has %s",
                name,
                LARGEST,
                tiles.size());
        Preconditions.checkArgument(
                count(tiles, Tile.START) == 1,
                "%s: a lake has one start S, this one has %s",
                name,
                count(tiles, Tile.START));
        Preconditions.checkArgument(
                count(tiles, Tile.GOAL) >= 1, "%s: there is no goal G; write one where the way ends", name);
    }

    /** Gymnasium's map {@code 4x4}. */
    public static LakeMap small() {
        return parse("4x4", List.of("SFFF", "FHFH", "FFFH", "HFFG"));
    }

    /** Gymnasium's map {@code 8x8}. */
    public static LakeMap large() {
        return parse(
                "8x8",
                List.of(
                        "SFFFFFFF",
                        "FFFFFFFF",
                        "FFFHFFFF",
                        "FFFFFHFF",
                        "FFFHFFFF",
                        "FHHFFFHF",
                        "FHFFHFHF",
                        "FFFHFFFG"));
    }

    /**
     * The map of that name, or else in that file.
     *
     * @param name {@code 4x4}, {@code 8x8} or the path of a text file of lines such as {@code SFFH}
     * @throws IllegalArgumentException when it is no map; the message names the line
     * @throws IOException when the file cannot be read
     */
    public static LakeMap of(String name) throws IOException {
        return switch (name) {
            case "4x4" -> small();
            case "8x8" -> large();
            default ->
                parse(
                        name,
                        Files.readAllLines(Path.of(name)).stream()
                                .map(String::strip)
                                .filter(line -> !line.isEmpty())
                                .toList());
        };
    }

    /**
     * Reads rows of letters.
     *
     * @param name for messages and reports
     * @param rows of the same length, see {@link Tile}
     * @throws IllegalArgumentException when they are no map; the message names the row
     */
    public static LakeMap parse(String name, List<String> rows) {
        List<Tile> tiles = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            String line = rows.get(row);
            Preconditions.checkArgument(
                    line.length() == rows.getFirst().length(),
                    "%s: row %s has %s cells but row 1 has %s; make them alike",
                    name,
                    row + 1,
                    line.length(),
                    rows.getFirst().length());
            for (char letter : line.toCharArray()) {
                try {
                    tiles.add(Tile.of(letter));
                } catch (IllegalArgumentException unknown) {
                    throw new IllegalArgumentException(name + ": row " + (row + 1) + ": " + unknown.getMessage());
                }
            }
        }
        return new LakeMap(name, rows.isEmpty() ? 0 : rows.getFirst().length(), tiles);
    }

    /** Number of cells. */
    public int states() {
        return tiles.size();
    }

    /** Number of rows. */
    public int rows() {
        return tiles.size() / columns;
    }

    /** The cell that an episode begins in. */
    public int start() {
        return tiles.indexOf(Tile.START);
    }

    /** Whether an episode ends in that cell. */
    public boolean isTerminal(int state) {
        return tiles.get(state).isTerminal();
    }

    /** The cell beside {@code state}; the same cell at the edge of the lake. */
    public int neighbour(int state, Action direction) {
        int row = Math.clamp(state / columns + direction.rows(), 0, rows() - 1);
        int column = Math.clamp(state % columns + direction.columns(), 0, columns - 1);
        return row * columns + column;
    }

    private static long count(List<Tile> tiles, Tile wanted) {
        return tiles.stream().filter(wanted::equals).count();
    }
}

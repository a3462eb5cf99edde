package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.LayerConfig;
import io.github.ift4j.jlama.architecture.RopeConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rotary tables of a decoder's layers; layers of one rope share a table. */
final class RotaryTables implements AutoCloseable {
    private final List<LayerConfig> layers;
    private final Map<RopeConfig, RotaryTable> tables = new LinkedHashMap<>();

    RotaryTables(DecoderConfig config) {
        layers = config.layers();
        layers.forEach(layer -> layer.rope().ifPresent(rope -> tables.computeIfAbsent(rope, RotaryTable::new)));
    }

    /** Whether sequences of these two lengths are rotated alike by all layers. */
    boolean alike(int length, int other) {
        return tables.keySet().stream()
                .allMatch(
                        rope -> rope.scaling().regime(length) == rope.scaling().regime(other));
    }

    /** Makes room for sequences of these lengths; rotations given before are void. */
    void prepare(int[] lengths) {
        tables.values().forEach(table -> table.prepare(lengths));
    }

    /**
     * For each layer the rotation of rows, null where it rotates nothing.
     *
     * @param positions position of each row in its sequence
     * @param lengths length of each row's sequence, one of those that were prepared
     */
    List<Rotation> rotations(int[] positions, int[] lengths) {
        Map<RopeConfig, Rotation> made = new LinkedHashMap<>();
        tables.forEach((rope, table) -> made.put(rope, table.rotation(positions, lengths)));
        List<Rotation> rotations = new ArrayList<>();
        layers.forEach(layer -> rotations.add(layer.rope().map(made::get).orElse(null)));
        return rotations;
    }

    @Override
    public void close() {
        tables.values().forEach(RotaryTable::close);
    }
}

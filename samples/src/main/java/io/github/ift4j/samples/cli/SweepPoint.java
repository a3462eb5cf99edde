package io.github.ift4j.samples.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * A step that a sweep measures.
 *
 * @param shape name of the model's shape
 * @param method {@code ift} or {@code sft}
 * @param batch sequences
 * @param length tokens of a sequence
 */
record SweepPoint(String shape, String method, int batch, int length) {
    private static final String MIDDLE_SHAPE = BenchShape.SHAPE_15M.label();
    private static final int MIDDLE_LENGTH = 256;
    private static final List<String> METHODS = List.of("sft", "ift");
    private static final List<Integer> LENGTHS = List.of(128, 256, 512, 1024, 2048, 4096);
    private static final List<Integer> BATCHES = List.of(1, 2, 4, 8);
    private static final int FEWEST_STEPS = 7;
    private static final int MOST_STEPS = 41;
    /** Tokens of all steps together, for the shape in the middle. */
    private static final double TOKENS = 12_000;

    /** One sequence of growing length, the methods in turn. */
    static List<SweepPoint> lengths() {
        List<SweepPoint> points = new ArrayList<>();
        for (int length : LENGTHS) {
            METHODS.forEach(method -> points.add(new SweepPoint(MIDDLE_SHAPE, method, 1, length)));
        }
        return points;
    }

    /** More and more sequences. */
    static List<SweepPoint> batches() {
        List<SweepPoint> points = new ArrayList<>();
        for (int batch : BATCHES) {
            METHODS.forEach(method -> points.add(new SweepPoint(MIDDLE_SHAPE, method, batch, MIDDLE_LENGTH)));
        }
        return points;
    }

    /** One sequence through larger and larger models. */
    static List<SweepPoint> sizes() {
        List<SweepPoint> points = new ArrayList<>();
        for (BenchShape shape : BenchShape.values()) {
            METHODS.forEach(method -> points.add(new SweepPoint(shape.label(), method, 1, MIDDLE_LENGTH)));
        }
        return points;
    }

    /** All of them, each once. */
    static List<SweepPoint> all() {
        LinkedHashSet<SweepPoint> points = new LinkedHashSet<>(lengths());
        points.addAll(batches());
        points.addAll(sizes());
        return List.copyOf(points);
    }

    /**
     * How many steps to measure: more where they are short, so that it takes some seconds, most of them with code that the JVM has
     * finished compiling.
     */
    int steps() {
        BenchShape size = Arrays.stream(BenchShape.values())
                .filter(known -> known.label().equals(shape))
                .findFirst()
                .orElseThrow();
        double work = (double) batch * length * size.parameters() / BenchShape.SHAPE_15M.parameters();
        return (int) Math.clamp(TOKENS / work, FEWEST_STEPS, MOST_STEPS);
    }

    /** The arguments of {@code ift} that measure it. */
    List<String> arguments() {
        return List.of(
                "bench",
                "--shape",
                shape,
                "--method",
                method,
                "--batch",
                Integer.toString(batch),
                "--length",
                Integer.toString(length));
    }
}

package io.github.ift4j.jlama.generation.guided;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode scalar values: code points without surrogates, which UTF-8 cannot write.
 *
 * @param ranges sorted, apart from each other, both ends included
 */
record CodePoints(List<Range> ranges) {
    private static final int LAST = Character.MAX_CODE_POINT;

    static final CodePoints ALL = of(0, LAST);

    /** Code points from the first to the last, both included. */
    record Range(int first, int last) {}

    CodePoints {
        ranges = List.copyOf(ranges);
    }

    static CodePoints of(int first, int last) {
        return normalised(List.of(new Range(first, last)));
    }

    static CodePoints of(int codePoint) {
        return of(codePoint, codePoint);
    }

    /** The code points of a string, in any order. */
    static CodePoints anyOf(String codePoints) {
        return normalised(codePoints.codePoints().mapToObj(c -> new Range(c, c)).toList());
    }

    CodePoints or(CodePoints other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return normalised(all);
    }

    CodePoints not() {
        List<Range> rest = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            if (range.first > next) {
                rest.add(new Range(next, range.first - 1));
            }
            next = range.last + 1;
        }
        if (next <= LAST) {
            rest.add(new Range(next, LAST));
        }
        return normalised(rest);
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    private static CodePoints normalised(List<Range> ranges) {
        List<Range> merged = new ArrayList<>();
        for (Range range : ranges.stream()
                .flatMap(range -> withoutSurrogates(range).stream())
                .sorted(Comparator.comparingInt(Range::first))
                .toList()) {
            Range before = merged.isEmpty() ? null : merged.getLast();
            if (before != null && range.first <= before.last + 1) {
                merged.set(merged.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
            } else {
                merged.add(range);
            }
        }
        return new CodePoints(merged);
    }

    private static List<Range> withoutSurrogates(Range range) {
        List<Range> parts = new ArrayList<>();
        if (range.first < Character.MIN_SURROGATE) {
            parts.add(new Range(range.first, Math.min(range.last, Character.MIN_SURROGATE - 1)));
        }
        if (range.last > Character.MAX_SURROGATE) {
            parts.add(new Range(Math.max(range.first, Character.MAX_SURROGATE + 1), range.last));
        }
        return parts;
    }
}

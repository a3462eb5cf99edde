package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's {@code sequence[start:stop:step]}. */
final class Slices {
    private final Budget budget;

    Slices(Budget budget) {
        this.budget = budget;
    }

    /** The slice of a string, list or tuple; each bound an integer or null. */
    Object slice(Object value, Object start, Object stop, Object step) {
        return switch (value) {
            case String text -> text(text, start, stop, step);
            case List<?> list -> items(list, start, stop, step);
            case Tuple tuple -> new Tuple(items(tuple.items(), start, stop, step));
            case Undefined undefined -> throw undefined.failure();
            case null, default ->
                throw new TemplateException("a value of type '%s' cannot be sliced".formatted(Values.typeName(value)));
        };
    }

    private String text(String text, Object start, Object stop, Object step) {
        boolean plain = text.codePoints().allMatch(c -> c < Character.MIN_SUPPLEMENTARY_CODE_POINT);
        int[] codePoints = plain ? null : text.codePoints().toArray();
        Bounds bounds = Bounds.of(start, stop, step, plain ? text.length() : codePoints.length);
        budget.chars(text.length());
        if (plain && bounds.step == 1) {
            return text.substring((int) bounds.start, (int) Math.max(bounds.start, bounds.stop));
        }
        StringBuilder out = new StringBuilder();
        for (long i = bounds.start; bounds.holds(i); i += bounds.step) {
            out.appendCodePoint(plain ? text.charAt((int) i) : codePoints[(int) i]);
        }
        return out.toString();
    }

    private List<Object> items(List<?> list, Object start, Object stop, Object step) {
        Bounds bounds = Bounds.of(start, stop, step, list.size());
        List<Object> items = new ArrayList<>();
        for (long i = bounds.start; bounds.holds(i); i += bounds.step) {
            budget.step();
            items.add(list.get((int) i));
        }
        return items;
    }

    private record Bounds(long start, long stop, long step) {
        static Bounds of(Object start, Object stop, Object step, int length) {
            long by = step == null ? 1 : integer(step);
            if (by == 0) {
                throw new TemplateException("the step of a slice cannot be zero");
            }
            // A step beyond the length takes one item at most; clamping keeps index + step from overflowing.
            by = Math.clamp(by, -1L - length, 1L + length);
            long lowest = by > 0 ? 0 : -1;
            long highest = by > 0 ? length : length - 1L;
            long from = start == null ? (by > 0 ? lowest : highest) : clamped(start, length, lowest, highest);
            long to = stop == null ? (by > 0 ? highest : lowest) : clamped(stop, length, lowest, highest);
            return new Bounds(from, to, by);
        }

        private static long clamped(Object bound, int length, long lowest, long highest) {
            long index = integer(bound);
            return Math.clamp(index < 0 ? index + length : index, lowest, highest);
        }

        private static long integer(Object value) {
            return Values.integer(value)
                    .orElseThrow(() -> new TemplateException(
                            "the bounds of a slice must be integers, not '%s'".formatted(Values.typeName(value))));
        }

        boolean holds(long index) {
            return step > 0 ? index < stop : index > stop;
        }
    }
}

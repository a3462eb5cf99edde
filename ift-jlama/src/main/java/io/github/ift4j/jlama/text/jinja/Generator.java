package io.github.ift4j.jlama.text.jinja;

import java.util.List;
import java.util.function.Supplier;

/**
 * Python's iterator, as most filters return it: always true, without a length, computed when it is first asked for items, and
 * empty after the first pass.
 */
final class Generator {
    private Supplier<List<Object>> source;
    private List<Object> rest;

    Generator(Supplier<List<Object>> source) {
        this.source = source;
    }

    /** All that is left; nothing is left afterwards. */
    List<Object> drain() {
        List<Object> items = rest();
        rest = List.of();
        return items;
    }

    /** The next item, {@code ifNone} when nothing is left. */
    Object next(Object ifNone) {
        List<Object> items = rest();
        if (items.isEmpty()) {
            return ifNone;
        }
        rest = items.subList(1, items.size());
        return items.get(0);
    }

    private List<Object> rest() {
        if (source != null) {
            rest = source.get();
            source = null;
        }
        return rest;
    }
}

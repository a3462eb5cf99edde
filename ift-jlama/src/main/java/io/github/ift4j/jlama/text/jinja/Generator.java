package io.github.ift4j.jlama.text.jinja;

import java.util.List;

/** Python's iterator, as most filters return it: always true, without a length, and empty after the first pass. */
final class Generator {
    private List<Object> rest;

    Generator(List<Object> items) {
        this.rest = items;
    }

    /** All that is left; nothing is left afterwards. */
    List<Object> drain() {
        List<Object> items = rest;
        rest = List.of();
        return items;
    }

    /** The next item, {@code ifNone} when nothing is left. */
    Object next(Object ifNone) {
        if (rest.isEmpty()) {
            return ifNone;
        }
        Object first = rest.get(0);
        rest = rest.subList(1, rest.size());
        return first;
    }
}

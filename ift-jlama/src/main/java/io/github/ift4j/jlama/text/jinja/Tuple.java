package io.github.ift4j.jlama.text.jinja;

import java.util.Arrays;
import java.util.List;

/**
 * Python's tuple: prints and compares unlike a list, otherwise behaves as one.
 *
 * @param names attributes that give the items one by one, empty when there are none
 */
record Tuple(List<Object> items, List<String> names) {
    Tuple(List<Object> items) {
        this(items, List.of());
    }

    static Tuple of(Object... items) {
        return new Tuple(Arrays.asList(items));
    }
}

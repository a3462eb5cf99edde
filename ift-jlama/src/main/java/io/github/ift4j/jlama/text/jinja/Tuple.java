package io.github.ift4j.jlama.text.jinja;

import java.util.Arrays;
import java.util.List;

/** Python's tuple: prints and compares unlike a list, otherwise behaves as one. */
record Tuple(List<Object> items) {
    static Tuple of(Object... items) {
        return new Tuple(Arrays.asList(items));
    }
}

package io.github.ift4j.jlama.text.jinja;

import java.util.List;

/**
 * What {@code dict.items()}, {@code keys()} and {@code values()} return: has a length, can be read again, has no index.
 *
 * @param kind Python's name of the type
 */
record View(String kind, List<Object> items) {}

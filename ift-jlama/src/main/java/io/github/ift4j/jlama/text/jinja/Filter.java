package io.github.ift4j.jlama.text.jinja;

/** What {@code value | name(arguments)} does. */
@FunctionalInterface
interface Filter {
    Object apply(Object value, Arguments arguments);
}

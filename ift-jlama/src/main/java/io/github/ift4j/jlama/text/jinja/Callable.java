package io.github.ift4j.jlama.text.jinja;

/** What a template can call. */
@FunctionalInterface
interface Callable {
    Object call(Arguments arguments);
}

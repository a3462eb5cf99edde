package io.github.ift4j.jlama.text.jinja;

/** An object with attributes of its own. */
interface Members {
    /** The attribute of this name, null when there is none. */
    Object member(String name);
}

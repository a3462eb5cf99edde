package io.github.ift4j.jlama.generation.guided;

/**
 * A place in a JSON schema, for messages.
 *
 * @param pointer a JSON pointer (RFC 6901) as a URI fragment, such as {@code #/properties/name}
 */
record SchemaPlace(String pointer) {
    private static final int MOST_SHOWN = 200;

    SchemaPlace at(String key) {
        return new SchemaPlace(pointer + "/" + key.replace("~", "~0").replace("/", "~1"));
    }

    SchemaPlace at(int index) {
        return at(String.valueOf(index));
    }

    IllegalArgumentException error(String what) {
        String shown =
                pointer.length() <= MOST_SHOWN ? pointer : "…" + pointer.substring(pointer.length() - MOST_SHOWN);
        return new IllegalArgumentException("JSON schema, " + shown + ": " + what);
    }
}

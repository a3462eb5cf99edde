package io.github.ift4j.jlama.text.jinja;

/**
 * What a template asked for and nobody defined: prints as nothing, is false and empty, and fails when it is used further.
 *
 * @param reason why, as one clause
 */
record Undefined(String reason) {
    private static final int MAX_SHOWN = 100;

    static Undefined variable(String name) {
        return new Undefined("'%s' is undefined".formatted(name));
    }

    static Undefined attribute(Object object, Object name) {
        return new Undefined("'%s' has no attribute %s"
                .formatted(Values.typeName(object), name instanceof String text ? "'" + shown(text) + "'" : name));
    }

    private static String shown(String name) {
        return name.length() > MAX_SHOWN ? name.substring(0, MAX_SHOWN) + "…" : name;
    }

    TemplateException failure() {
        return new TemplateException(reason);
    }
}

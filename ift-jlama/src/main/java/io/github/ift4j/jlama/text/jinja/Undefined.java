package io.github.ift4j.jlama.text.jinja;

/**
 * What a template asked for and nobody defined: prints as nothing, is false and empty, and fails when it is used further.
 *
 * @param reason why, as one clause
 */
record Undefined(String reason) {
    static Undefined variable(String name) {
        return new Undefined("'%s' is undefined".formatted(name));
    }

    static Undefined attribute(Object object, Object name) {
        return new Undefined("'%s' has no attribute %s"
                .formatted(Values.typeName(object), name instanceof String ? "'" + name + "'" : name));
    }

    TemplateException failure() {
        return new TemplateException(reason);
    }
}

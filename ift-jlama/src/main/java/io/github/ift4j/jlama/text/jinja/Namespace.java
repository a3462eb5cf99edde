package io.github.ift4j.jlama.text.jinja;

import java.util.Map;

/** The one value that a template can change: {@code namespace(a=1)} and {@code {% set ns.a = 2 %}}. */
final class Namespace {
    private final Map<Object, Object> fields;

    Namespace(Map<Object, Object> fields) {
        this.fields = fields;
    }

    Map<Object, Object> fields() {
        return fields;
    }
}

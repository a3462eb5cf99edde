package io.github.ift4j.jlama.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** Variables of a block and of those around it. */
final class Scope {
    private final Scope parent;
    private final Map<String, Object> variables = new HashMap<>();

    /** {@code parent} is null for the outermost. */
    Scope(Scope parent) {
        this.parent = parent;
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    /** The variable in the nearest scope that has it, else undefined. */
    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            if (scope.variables.containsKey(name)) {
                return scope.variables.get(name);
            }
        }
        return Undefined.variable(name);
    }
}

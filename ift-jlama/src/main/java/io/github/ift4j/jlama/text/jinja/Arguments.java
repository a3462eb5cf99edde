package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The values of a call. */
record Arguments(List<Object> positional, Map<String, Object> keywords) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(Arrays.asList(positional), Map.of());
    }

    /** Without the first {@code count} of the arguments by position. */
    Arguments skip(int count) {
        return new Arguments(positional.subList(Math.min(count, positional.size()), positional.size()), keywords);
    }

    /**
     * Puts the arguments in the order of the parameters.
     *
     * @throws TemplateException when there are too many, or one has a name that is no parameter
     */
    Bound bind(String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateException(
                    "%s takes at most %d arguments, not %d".formatted(function, parameters.length, positional.size()));
        }
        List<Object> values = new ArrayList<>(positional);
        for (int i = positional.size(); i < parameters.length; i++) {
            values.add(keywords.containsKey(parameters[i]) ? keywords.get(parameters[i]) : Bound.MISSING);
        }
        for (String name : keywords.keySet()) {
            int index = List.of(parameters).indexOf(name);
            if (index < 0) {
                throw new TemplateException("%s has no argument '%s'".formatted(function, name));
            }
            if (index < positional.size()) {
                throw new TemplateException("%s has two values for '%s'".formatted(function, name));
            }
        }
        return new Bound(function, parameters, values);
    }

    /** Arguments by parameter. */
    record Bound(String function, String[] parameters, List<Object> values) {
        private static final Object MISSING = new Object();

        boolean has(int parameter) {
            return values.get(parameter) != MISSING;
        }

        Object required(int parameter) {
            if (!has(parameter)) {
                throw new TemplateException("%s needs the argument '%s'".formatted(function, parameters[parameter]));
            }
            return values.get(parameter);
        }

        Object or(int parameter, Object otherwise) {
            return has(parameter) ? values.get(parameter) : otherwise;
        }

        boolean flag(int parameter, boolean otherwise) {
            return has(parameter) ? Values.isTrue(values.get(parameter)) : otherwise;
        }

        String text(int parameter) {
            if (required(parameter) instanceof String text) {
                return text;
            }
            throw wrongType(parameter, "a string");
        }

        /** A string; {@code otherwise} when it is left out or None. */
        String text(int parameter, String otherwise) {
            return or(parameter, null) == null ? otherwise : text(parameter);
        }

        long integer(int parameter) {
            return Values.integer(required(parameter)).orElseThrow(() -> wrongType(parameter, "an integer"));
        }

        /** An integer; {@code otherwise} when it is left out or None. */
        long integer(int parameter, long otherwise) {
            return or(parameter, null) == null ? otherwise : integer(parameter);
        }

        private TemplateException wrongType(int parameter, String type) {
            return new TemplateException("%s: the argument '%s' must be %s, not '%s'"
                    .formatted(function, parameters[parameter], type, Values.typeName(values.get(parameter))));
        }
    }
}

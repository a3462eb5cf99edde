package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * The {@code attribute} of filters: a path as {@code function.parameters.0}.
 *
 * @param path names and indices
 * @param otherwise what stands for an undefined step, null for the undefined value itself
 * @param ignoreCase whether strings come out in lower case
 */
record AttributeGetter(Attributes attributes, List<Object> path, Object otherwise, boolean ignoreCase) {
    /** {@code attribute} is a string, an integer, or null for the item itself. */
    static AttributeGetter of(Attributes attributes, Object attribute, Object otherwise, boolean ignoreCase) {
        List<Object> path = new ArrayList<>();
        if (attribute instanceof String text) {
            attributes.budget().steps(text.length());
            for (String part : text.split("\\.", -1)) {
                boolean index =
                        !part.isEmpty() && part.length() < 10 && part.chars().allMatch(c -> c >= '0' && c <= '9');
                path.add(index ? (Object) Long.valueOf(part) : part);
            }
        } else if (attribute != null) {
            path.add(attribute);
        }
        return new AttributeGetter(attributes, path, otherwise, ignoreCase);
    }

    Object get(Object item) {
        Object value = item;
        for (Object part : path) {
            value = attributes.item(value, part);
            if (otherwise != null && value instanceof Undefined) {
                value = otherwise;
            }
        }
        if (!ignoreCase || !(value instanceof String text)) {
            return value;
        }
        attributes.budget().chars(text.length());
        return Strings.lower(text);
    }
}

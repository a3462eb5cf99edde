package io.github.ift4j.jlama.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** All filters by name. */
final class Filters {
    private final Map<String, Filter> byName = new HashMap<>();
    private final Budget budget;

    Filters(Budget budget, Attributes attributes) {
        this.budget = budget;
        byName.putAll(new TextFilters(budget, attributes).byName());
        byName.putAll(new NumberFilters(budget).byName());
        byName.putAll(new SequenceFilters(budget, attributes, this).byName());
        byName.putAll(new SelectionFilters(budget, attributes, this).byName());
        byName.put("default", Filters::defaulted);
        byName.put("d", Filters::defaulted);
        byName.put(
                "attr",
                (value, arguments) -> attributes.onlyAttribute(
                        value, arguments.bind("attr", "name").text(0)));
        byName.put("tojson", (value, arguments) -> toJson(budget, value, arguments));
    }

    boolean has(String name) {
        return byName.containsKey(name);
    }

    Object apply(String name, Object value, Arguments arguments) {
        Filter filter = byName.get(name);
        if (filter == null) {
            throw new TemplateException("no filter named '%s'".formatted(name));
        }
        budget.scanIfText(value);
        budget.scan(arguments);
        return filter.apply(value, arguments);
    }

    private static Object defaulted(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("default", "default_value", "boolean");
        boolean missing = value instanceof Undefined || (bound.flag(1, false) && !Values.isTrue(value));
        return missing ? bound.or(0, "") : value;
    }

    /** transformers' {@code tojson}, which escapes neither HTML nor other scripts. */
    private static String toJson(Budget budget, Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        Object indent = bound.or(1, null);
        String unit = indent == null ? null : indent instanceof String text ? text : spaces(bound.integer(1));
        String itemSeparator = indent == null ? ", " : ",";
        String keySeparator = ": ";
        Object separators = bound.or(2, null);
        if (separators != null) {
            if (Values.sequence(separators) == null
                    || Values.sequence(separators).size() != 2
                    || !(Values.sequence(separators).get(0) instanceof String item)
                    || !(Values.sequence(separators).get(1) instanceof String key)) {
                throw new TemplateException("tojson: 'separators' must be two strings");
            }
            itemSeparator = item;
            keySeparator = key;
        }
        return new JsonWriter(budget, bound.flag(0, false), unit, itemSeparator, keySeparator, bound.flag(3, false))
                .write(value);
    }

    private static String spaces(long count) {
        return " ".repeat(Math.clamp(count, 0, 1000));
    }
}

package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code select}, {@code reject}, {@code selectattr} and {@code rejectattr}. */
final class SelectionFilters {
    private final Budget budget;
    private final Attributes attributes;
    private final BuiltinTests tests;

    SelectionFilters(Budget budget, Attributes attributes, Filters filters) {
        this.budget = budget;
        this.attributes = attributes;
        this.tests = new BuiltinTests(budget, filters);
    }

    Map<String, Filter> byName() {
        return Map.of(
                "select", (value, arguments) -> choose(value, arguments, false, true),
                "reject", (value, arguments) -> choose(value, arguments, false, false),
                "selectattr", (value, arguments) -> choose(value, arguments, true, true),
                "rejectattr", (value, arguments) -> choose(value, arguments, true, false));
    }

    private Object choose(Object value, Arguments arguments, boolean byAttribute, boolean wanted) {
        return new Generator(() -> Values.isTrue(value) ? chosen(value, arguments, byAttribute, wanted) : List.of());
    }

    private List<Object> chosen(Object value, Arguments arguments, boolean byAttribute, boolean wanted) {
        int offset = byAttribute ? 1 : 0;
        if (arguments.positional().size() < offset) {
            throw new TemplateException("the name of an attribute is missing");
        }
        Object attribute = byAttribute ? arguments.positional().get(0) : null;
        AttributeGetter getter = AttributeGetter.of(attributes, attribute, null, false);
        Object test =
                arguments.positional().size() > offset ? arguments.positional().get(offset) : null;
        List<Object> chosen = new ArrayList<>();
        for (Object item : Values.items(value, budget)) {
            Object tested = getter.get(item);
            boolean holds = test == null
                    ? Values.isTrue(tested)
                    : tests.holds(String.valueOf(test), tested, arguments.skip(offset + 1));
            if (holds == wanted) {
                chosen.add(item);
            }
        }
        return chosen;
    }
}

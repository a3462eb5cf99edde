package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Filters over the items of a value. */
final class SequenceFilters {
    private static final List<String> GROUP_FIELDS = List.of("grouper", "list");

    private final Budget budget;
    private final Attributes attributes;
    private final Operators operators;
    private final Printer printer;
    private final Slices slices;
    private final Filters filters;

    SequenceFilters(Budget budget, Attributes attributes, Filters filters) {
        this.budget = budget;
        this.attributes = attributes;
        this.operators = new Operators(budget);
        this.printer = new Printer(budget);
        this.slices = new Slices(budget);
        this.filters = filters;
    }

    Map<String, Filter> byName() {
        return Map.ofEntries(
                Map.entry("length", this::length),
                Map.entry("count", this::length),
                Map.entry("list", this::list),
                Map.entry("first", this::first),
                Map.entry("last", this::last),
                Map.entry("join", this::join),
                Map.entry("reverse", this::reverse),
                Map.entry("sort", this::sort),
                Map.entry("dictsort", this::dictSort),
                Map.entry("unique", this::unique),
                Map.entry("min", (value, arguments) -> extreme("min", value, arguments, -1)),
                Map.entry("max", (value, arguments) -> extreme("max", value, arguments, 1)),
                Map.entry("sum", this::sum),
                Map.entry("items", this::items),
                Map.entry("batch", this::batch),
                Map.entry("slice", this::slice),
                Map.entry("groupby", this::groupBy),
                Map.entry("map", this::map));
    }

    private Object length(Object value, Arguments arguments) {
        arguments.bind("length");
        return Values.length(value);
    }

    private Object list(Object value, Arguments arguments) {
        arguments.bind("list");
        return new ArrayList<>(Values.items(value, budget));
    }

    private Object first(Object value, Arguments arguments) {
        arguments.bind("first");
        Undefined none = new Undefined("there is no first item, the sequence is empty");
        if (value instanceof Generator generator) {
            return generator.next(none);
        }
        List<Object> items = Values.items(value, budget);
        return items.isEmpty() ? none : items.get(0);
    }

    private Object last(Object value, Arguments arguments) {
        arguments.bind("last");
        if (value instanceof Generator) {
            throw new TemplateException("last does not work on a generator; make it a list first");
        }
        List<Object> items = Values.items(value, budget);
        return items.isEmpty()
                ? new Undefined("there is no last item, the sequence is empty")
                : items.get(items.size() - 1);
    }

    private Object join(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("join", "d", "attribute");
        AttributeGetter getter = AttributeGetter.of(attributes, bound.or(1, null), null, false);
        String separator = printer.str(bound.or(0, ""));
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (Object item : Values.items(value, budget)) {
            String text = printer.str(getter.get(item));
            budget.chars((long) text.length() + separator.length());
            out.append(first ? "" : separator).append(text);
            first = false;
        }
        return out.toString();
    }

    private Object reverse(Object value, Arguments arguments) {
        arguments.bind("reverse");
        return switch (value) {
            case String text -> slices.slice(text, null, null, -1L);
            case Generator generator ->
                new ArrayList<>(Values.items(generator, budget).reversed());
            case null, default -> new Generator(Values.items(value, budget)::reversed);
        };
    }

    private Object sort(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        boolean ignoreCase = !bound.flag(1, false);
        List<AttributeGetter> getters = new ArrayList<>();
        if (bound.or(2, null) instanceof String several) {
            budget.steps(several.length());
            for (String attribute : several.split(",", -1)) {
                getters.add(AttributeGetter.of(attributes, attribute, null, ignoreCase));
            }
        } else {
            getters.add(AttributeGetter.of(attributes, bound.or(2, null), null, ignoreCase));
        }
        Function<Object, Object> key = item ->
                new ArrayList<>(getters.stream().map(getter -> getter.get(item)).toList());
        return sorted(Values.items(value, budget), key, bound.flag(0, false));
    }

    private record Keyed(Object key, Object item) {}

    private List<Object> sorted(List<Object> items, Function<Object, Object> key, boolean reverse) {
        List<Keyed> keyed = new ArrayList<>(items.size());
        items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
        Comparator<Keyed> order = (a, b) -> operators.order(a.key(), b.key());
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            throw new TemplateException("the items have no order among them");
        }
        List<Object> sorted = new ArrayList<>(items.size());
        keyed.forEach(each -> sorted.add(each.item()));
        return sorted;
    }

    private Object dictSort(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        String by = bound.text(1, "key");
        if (!(value instanceof Map<?, ?> map) || !(by.equals("key") || by.equals("value"))) {
            throw new TemplateException("dictsort takes a dict, and sorts by 'key' or 'value'");
        }
        AttributeGetter getter =
                AttributeGetter.of(attributes, by.equals("key") ? 0L : 1L, null, !bound.flag(0, false));
        return sorted(attributes.entries(map), getter::get, bound.flag(2, false));
    }

    private Object unique(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
        AttributeGetter getter = AttributeGetter.of(attributes, bound.or(1, null), null, !bound.flag(0, false));
        return new Generator(() -> {
            Set<Object> seen = new HashSet<>();
            List<Object> unique = new ArrayList<>();
            for (Object item : Values.items(value, budget)) {
                if (seen.add(Operators.key(getter.get(item)))) {
                    unique.add(item);
                }
            }
            return unique;
        });
    }

    private Object extreme(String filter, Object value, Arguments arguments, int direction) {
        Arguments.Bound bound = arguments.bind(filter, "case_sensitive", "attribute");
        AttributeGetter getter = AttributeGetter.of(attributes, bound.or(1, null), null, !bound.flag(0, false));
        Object best = new Undefined("there is no %simum, the sequence is empty".formatted(filter));
        boolean first = true;
        for (Object item : Values.items(value, budget)) {
            if (first || operators.order(getter.get(item), getter.get(best)) * direction > 0) {
                best = item;
            }
            first = false;
        }
        return best;
    }

    private Object sum(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("sum", "attribute", "start");
        AttributeGetter getter = AttributeGetter.of(attributes, bound.or(0, null), null, false);
        Object sum = bound.or(1, 0L);
        for (Object item : Values.items(value, budget)) {
            sum = operators.binary("+", sum, getter.get(item));
        }
        return sum;
    }

    private Object items(Object value, Arguments arguments) {
        arguments.bind("items");
        return new Generator(() -> switch (value) {
            case Undefined u -> List.of();
            case Map<?, ?> map -> attributes.entries(map);
            case null, default ->
                throw new TemplateException("items takes a dict, not '%s'".formatted(Values.typeName(value)));
        });
    }

    private Object batch(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
        bound.required(0);
        return new Generator(() -> batches(value, bound));
    }

    private List<Object> batches(Object value, Arguments.Bound bound) {
        long size = bound.integer(0);
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        for (Object item : Values.items(value, budget)) {
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            Object fill = bound.or(1, null);
            while (fill != null && batch.size() < size) {
                budget.step();
                batch.add(fill);
            }
            batches.add(batch);
        }
        return batches;
    }

    private Object slice(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("slice", "slices", "fill_with");
        bound.required(0);
        return new Generator(() -> parts(value, bound));
    }

    private List<Object> parts(Object value, Arguments.Bound bound) {
        List<Object> items = Values.items(value, budget);
        long count = bound.integer(0);
        if (count <= 0) {
            throw new TemplateException("slice: 'slices' must be positive");
        }
        budget.steps(count);
        List<Object> result = new ArrayList<>();
        int from = 0;
        for (long i = 0; i < count; i++) {
            boolean extra = i < items.size() % count;
            int to = from + (int) (items.size() / count) + (extra ? 1 : 0);
            List<Object> part = new ArrayList<>(items.subList(from, to));
            if (bound.or(1, null) != null && !extra) {
                part.add(bound.or(1, null));
            }
            result.add(part);
            from = to;
        }
        return result;
    }

    private Object groupBy(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        Object attribute = bound.required(0);
        AttributeGetter key = AttributeGetter.of(attributes, attribute, bound.or(1, null), !bound.flag(2, false));
        AttributeGetter shown = AttributeGetter.of(attributes, attribute, bound.or(1, null), false);
        List<Object> groups = new ArrayList<>();
        List<Object> group = List.of();
        Object groupKey = null;
        for (Object item : sorted(Values.items(value, budget), key::get, false)) {
            if (group.isEmpty() || !operators.equal(groupKey, key.get(item))) {
                group = new ArrayList<>();
                groupKey = key.get(item);
                groups.add(new Tuple(Arrays.asList(shown.get(item), group), GROUP_FIELDS));
            }
            group.add(item);
        }
        return groups;
    }

    private Object map(Object value, Arguments arguments) {
        return new Generator(() -> Values.isTrue(value) ? mapped(value, arguments) : List.of());
    }

    private List<Object> mapped(Object value, Arguments arguments) {
        Function<Object, Object> function;
        if (arguments.positional().isEmpty() && arguments.keywords().containsKey("attribute")) {
            Arguments.Bound bound = arguments.bind("map", "attribute", "default");
            AttributeGetter getter = AttributeGetter.of(attributes, bound.required(0), bound.or(1, null), false);
            function = getter::get;
        } else if (!arguments.positional().isEmpty() && arguments.positional().get(0) instanceof String name) {
            function = item -> filters.apply(name, item, arguments.skip(1));
        } else {
            throw new TemplateException("map needs the name of a filter, or 'attribute'");
        }
        List<Object> mapped = new ArrayList<>();
        Values.items(value, budget).forEach(item -> mapped.add(function.apply(item)));
        return mapped;
    }
}

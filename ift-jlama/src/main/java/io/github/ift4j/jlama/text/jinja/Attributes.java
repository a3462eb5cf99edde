package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code object.name} and {@code object[key]}, with the methods of strings, lists and dicts that change nothing. */
final class Attributes {
    private static final Set<String> CHANGING_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> CHANGING_LIST =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private final Budget budget;
    private final Operators operators;
    private final StringMethods stringMethods;

    Attributes(Budget budget) {
        this.budget = budget;
        this.operators = new Operators(budget);
        this.stringMethods = new StringMethods(budget, this);
    }

    Budget budget() {
        return budget;
    }

    StringMethods stringMethods() {
        return stringMethods;
    }

    /** {@code object.name}: an attribute, else the item of this name, else undefined. */
    Object attribute(Object object, String name) {
        Operators.failIfUndefined(object);
        if (object instanceof LoopContext loop && loop.has(name)) {
            return loop.member(name);
        }
        Object member = member(object, name);
        if (member != null) {
            return member;
        }
        if (object instanceof Map<?, ?> map && map.containsKey(name)) {
            return map.get(name);
        }
        return namespaceField(object, name);
    }

    private static Object namespaceField(Object object, String name) {
        if (object instanceof Namespace namespace && namespace.fields().containsKey(name)) {
            return namespace.fields().get(name);
        }
        return Undefined.attribute(object, name);
    }

    /** {@code object.name} without a look at items. */
    Object onlyAttribute(Object object, String name) {
        Operators.failIfUndefined(object);
        Object member = member(object, name);
        return member != null ? member : namespaceField(object, name);
    }

    /** {@code object[key]}: an item, else the attribute of this name, else undefined. */
    Object item(Object object, Object key) {
        Operators.failIfUndefined(object);
        budget.scanIfText(key);
        if (object instanceof Map<?, ?> map && isKey(key) && map.containsKey(Operators.key(key))) {
            return map.get(Operators.key(key));
        }
        if (Values.integer(key).isPresent()) {
            long index = Values.integer(key).getAsLong();
            if (object instanceof String text) {
                return character(text, index);
            }
            List<?> items = Values.sequence(object);
            long at = items == null ? -1 : index < 0 ? index + items.size() : index;
            if (items != null && at >= 0 && at < items.size()) {
                return items.get((int) at);
            }
        }
        Object member = key instanceof String name ? member(object, name) : null;
        if (member != null) {
            return member;
        }
        return key instanceof String name ? namespaceField(object, name) : Undefined.attribute(object, shown(key));
    }

    private static boolean isKey(Object key) {
        return key == null || key instanceof String || Values.isNumber(key);
    }

    private static Object shown(Object key) {
        return key instanceof Long || key instanceof Double ? key : Values.typeName(key);
    }

    private Object character(String text, long index) {
        budget.steps(text.length() / 64);
        long length = Values.length(text);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return Undefined.attribute(text, index);
        }
        int start = text.offsetByCodePoints(0, (int) at);
        return text.substring(start, text.offsetByCodePoints(start, 1));
    }

    private Object member(Object object, String name) {
        return switch (object) {
            case String text -> stringMethods.find(text, name);
            case List<?> list -> listMember(list, name);
            case Tuple tuple ->
                tuple.names().contains(name)
                        ? tuple.items().get(tuple.names().indexOf(name))
                        : sequenceMethod(tuple.items(), name);
            case Map<?, ?> map -> dictMember(map, name);
            case LoopContext loop -> loop.member(name);
            case Members members -> members.member(name);
            case null, default -> null;
        };
    }

    private Object listMember(List<?> list, String name) {
        if (CHANGING_LIST.contains(name)) {
            return unsafe(list, name);
        }
        return name.equals("copy") ? (Callable) arguments -> Values.items(list, budget) : sequenceMethod(list, name);
    }

    private Callable sequenceMethod(List<?> items, String name) {
        return switch (name) {
            case "count" ->
                arguments -> {
                    Object value = arguments.bind(name, "value").required(0);
                    return items.stream()
                            .filter(item -> operators.equal(item, value))
                            .count();
                };
            case "index" ->
                arguments -> {
                    Object value = arguments.bind(name, "value").required(0);
                    for (int i = 0; i < items.size(); i++) {
                        if (operators.equal(items.get(i), value)) {
                            return (long) i;
                        }
                    }
                    throw new TemplateException("index: the value is not in the list");
                };
            default -> null;
        };
    }

    private Object dictMember(Map<?, ?> map, String name) {
        if (CHANGING_DICT.contains(name)) {
            return unsafe(map, name);
        }
        Callable method = switch (name) {
            case "items" -> arguments -> new View("dict_items", entries(map));
            case "keys" -> arguments -> new View("dict_keys", paid(new ArrayList<>(map.keySet())));
            case "values" -> arguments -> new View("dict_values", paid(new ArrayList<>(map.values())));
            case "copy" ->
                arguments -> {
                    budget.steps(map.size());
                    return new LinkedHashMap<Object, Object>(map);
                };
            case "get" ->
                arguments -> {
                    Arguments.Bound bound = arguments.bind("get", "key", "default");
                    Object key = Operators.key(bound.required(0));
                    return map.containsKey(key) ? map.get(key) : bound.or(1, null);
                };
            default -> null;
        };
        return method;
    }

    /** The entries of a dict as tuples. */
    List<Object> entries(Map<?, ?> map) {
        List<Object> entries = new ArrayList<>(map.size());
        map.forEach((key, value) -> entries.add(Tuple.of(key, value)));
        return paid(entries);
    }

    private List<Object> paid(List<Object> items) {
        budget.steps(items.size());
        return items;
    }

    private static Undefined unsafe(Object object, String name) {
        return new Undefined(
                "access to attribute '%s' of '%s' object is unsafe".formatted(name, Values.typeName(object)));
    }
}

package io.github.ift4j.jlama.text.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The functions that every template has. */
final class Globals {
    private static final int MAX_RANGE = 100_000;

    private final Budget budget;
    private final Printer printer;
    private final Supplier<LocalDateTime> now;

    Globals(Budget budget, Supplier<LocalDateTime> now) {
        this.budget = budget;
        this.printer = new Printer(budget);
        this.now = now;
    }

    Map<String, Object> byName() {
        Map<String, Object> globals = new HashMap<>();
        globals.put("range", (Callable) this::range);
        globals.put("dict", (Callable) this::dict);
        globals.put("namespace", (Callable) arguments -> new Namespace(dict(arguments)));
        globals.put("cycler", (Callable) arguments -> new Cycler(arguments.positional()));
        globals.put("joiner", (Callable) Globals::joiner);
        globals.put("raise_exception", (Callable) this::raise);
        globals.put("strftime_now", (Callable) arguments -> {
            String format = arguments.bind("strftime_now", "format").text(0);
            budget.chars(32L * format.length());
            return Strftime.format(now.get(), format);
        });
        return globals;
    }

    private Object range(Arguments arguments) {
        List<Object> bounds = arguments.positional();
        if (bounds.isEmpty() || bounds.size() > 3 || !arguments.keywords().isEmpty()) {
            throw new TemplateException("range takes one to three integers");
        }
        long[] values = bounds.stream()
                .mapToLong(bound -> Values.integer(bound)
                        .orElseThrow(() -> new TemplateException(
                                "range takes integers, not '%s'".formatted(Values.typeName(bound)))))
                .toArray();
        long start = values.length == 1 ? 0 : values[0];
        long stop = values.length == 1 ? values[0] : values[1];
        long step = values.length == 3 ? values[2] : 1;
        if (step == 0) {
            throw new TemplateException("the step of a range cannot be zero");
        }
        List<Object> range = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            if (range.size() == MAX_RANGE) {
                throw new TemplateException("a range may have at most %d items".formatted(MAX_RANGE));
            }
            budget.step();
            range.add(i);
            if (step > 0 ? i > Long.MAX_VALUE - step : i < Long.MIN_VALUE - step) {
                break;
            }
        }
        return range;
    }

    private Map<Object, Object> dict(Arguments arguments) {
        if (arguments.positional().size() > 1) {
            throw new TemplateException("dict takes at most one argument by position");
        }
        Map<Object, Object> dict = new LinkedHashMap<>();
        for (Object source : arguments.positional()) {
            if (source instanceof Map<?, ?> map) {
                budget.steps(map.size());
                dict.putAll(map);
            } else {
                for (Object pair : Values.items(source, budget)) {
                    List<Object> both = Values.items(pair, budget);
                    if (both.size() != 2) {
                        throw new TemplateException("dict takes pairs");
                    }
                    dict.put(Operators.key(both.get(0)), both.get(1));
                }
            }
        }
        dict.putAll(arguments.keywords());
        return dict;
    }

    private static Object joiner(Arguments arguments) {
        String separator = arguments.bind("joiner", "sep").text(0, ", ");
        boolean[] used = new boolean[1];
        return (Callable) none -> {
            boolean first = !used[0];
            used[0] = true;
            return first ? "" : separator;
        };
    }

    private Object raise(Arguments arguments) {
        throw new TemplateException(
                printer.str(arguments.bind("raise_exception", "message").required(0)));
    }

    /** {@code cycler('a', 'b')}. */
    private static final class Cycler implements Members {
        private final List<Object> items;
        private int position;

        Cycler(List<Object> items) {
            if (items.isEmpty()) {
                throw new TemplateException("cycler needs items");
            }
            this.items = items;
        }

        @Override
        public Object member(String name) {
            return switch (name) {
                case "current" -> items.get(position);
                case "next" ->
                    (Callable) arguments -> {
                        Object current = items.get(position);
                        position = (position + 1) % items.size();
                        return current;
                    };
                case "reset" ->
                    (Callable) arguments -> {
                        position = 0;
                        return null;
                    };
                default -> null;
            };
        }
    }
}

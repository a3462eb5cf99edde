package io.github.ift4j.jlama.text.jinja;

import java.util.List;
import java.util.function.BiFunction;

/** The variable {@code loop} within a loop. */
final class LoopContext implements Callable {
    private final List<Object> items;
    private final int depth;
    private final Operators operators;
    private final BiFunction<Object, Integer, String> recursion;
    private int index = -1;
    private Tuple lastChanged;

    /**
     * @param depth loops of this recursive loop around this one
     * @param recursion renders the loop over other items at a depth; null when the loop is not recursive
     */
    LoopContext(List<Object> items, int depth, Operators operators, BiFunction<Object, Integer, String> recursion) {
        this.items = items;
        this.depth = depth;
        this.operators = operators;
        this.recursion = recursion;
    }

    void next() {
        index++;
    }

    int length() {
        return items.size();
    }

    /** Whether {@link #member} knows the name; a member may be None. */
    boolean has(String name) {
        return (name.equals("previtem") && index > 0)
                || (name.equals("nextitem") && index + 1 < length())
                || member(name) != null;
    }

    Object member(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) length() - index;
            case "revindex0" -> length() - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == length() - 1;
            case "length" -> (long) length();
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
            case "nextitem" -> index + 1 < length() ? items.get(index + 1) : new Undefined("there is no next item");
            case "cycle" -> (Callable) this::cycle;
            case "changed" -> (Callable) this::changed;
            default -> null;
        };
    }

    private Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateException("loop.cycle needs items");
        }
        return arguments.positional().get(index % arguments.positional().size());
    }

    private Object changed(Arguments arguments) {
        Tuple values = new Tuple(arguments.positional());
        boolean changed = lastChanged == null || !operators.equal(lastChanged, values);
        lastChanged = values;
        return changed;
    }

    @Override
    public Object call(Arguments arguments) {
        if (recursion == null) {
            throw new TemplateException("only a loop marked 'recursive' can be called");
        }
        return recursion.apply(arguments.bind("loop", "iterable").required(0), depth + 1);
    }
}

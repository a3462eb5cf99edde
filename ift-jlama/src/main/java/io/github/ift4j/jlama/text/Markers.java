package io.github.ift4j.jlama.text;

import io.github.ift4j.core.data.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Stand-ins for the texts of messages: what a template does with a stand-in shows where it puts the text. They are made of
 * private-use characters, which have no case, are no white space and need no escape.
 */
final class Markers {
    private static final char FIRST_BASE = '\uE000';
    private static final char LAST_BASE = '\uF800';
    private static final int BASE_STEP = 0x20;
    private static final int OPEN = 16;
    private static final int CLOSE = 17;
    private static final int DIGIT_BITS = 4;

    /** Fields that a template acts upon rather than writes down. */
    private static final Set<String> KEPT = Set.of("role", "type", "id", "tool_call_id");

    private final char base;
    private final List<Leaf> leaves = new ArrayList<>();

    /** A text within a message. */
    record Leaf(int message, String text) {}

    /** Where a marker stands in a rendered text. */
    record Place(Leaf leaf, int start, int end) {}

    private Markers(char base) {
        this.base = base;
    }

    /**
     * Markers of characters that {@code text} does not have.
     *
     * @throws IllegalArgumentException when it has some of each range
     */
    static Markers notIn(String text) {
        for (int base = FIRST_BASE; base <= LAST_BASE; base += BASE_STEP) {
            int first = base;
            if (text.chars().noneMatch(c -> c >= first && c < first + BASE_STEP)) {
                return new Markers((char) base);
            }
        }
        throw new IllegalArgumentException("the text uses too many private-use characters");
    }

    /** The message with markers for all that it says. */
    Message mark(Message message, int index) {
        Map<String, Object> fields = new LinkedHashMap<>(message.fields());
        // An empty text is marked only where there is no other: a template may ask whether there is a text at all.
        boolean markEmpty = message.fields().entrySet().stream()
                .noneMatch(field -> isMarked(field.getKey()) && saysSomething(field.getValue()));
        fields.replaceAll((name, value) -> isMarked(name) ? mark(value, index, markEmpty) : value);
        return new Message(fields);
    }

    private static boolean isMarked(String field) {
        return !KEPT.contains(field) && !field.equals("name");
    }

    private static boolean saysSomething(Object value) {
        return switch (value) {
            case String text -> !text.isEmpty();
            case List<?> list -> list.stream().anyMatch(Markers::saysSomething);
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .anyMatch(entry -> !KEPT.contains(entry.getKey()) && saysSomething(entry.getValue()));
            case null, default -> false;
        };
    }

    private Object mark(Object value, int message, boolean markEmpty) {
        return switch (value) {
            case String text -> text.isEmpty() && !markEmpty ? text : marker(new Leaf(message, text));
            case List<?> list ->
                list.stream()
                        .map(item -> item == null ? null : mark(item, message, markEmpty))
                        .toList();
            case Map<?, ?> map -> {
                Map<Object, Object> marked = new LinkedHashMap<>(map);
                marked.replaceAll((key, item) -> KEPT.contains(key) ? item : mark(item, message, markEmpty));
                yield marked;
            }
            case null, default -> value;
        };
    }

    private String marker(Leaf leaf) {
        StringBuilder marker = new StringBuilder().append((char) (base + OPEN));
        for (int rest = leaves.size(); rest > 0 || marker.length() == 1; rest >>>= DIGIT_BITS) {
            marker.append((char) (base + (rest & ((1 << DIGIT_BITS) - 1))));
        }
        leaves.add(leaf);
        return marker.append((char) (base + CLOSE)).toString();
    }

    /** The markers in a rendered text, in order. */
    List<Place> find(String text) {
        List<Place> places = new ArrayList<>();
        for (int start = text.indexOf(base + OPEN); start >= 0; start = text.indexOf(base + OPEN, start + 1)) {
            int end = text.indexOf(base + CLOSE, start);
            int number = 0;
            for (int i = end - 1; i > start; i--) {
                number = (number << DIGIT_BITS) | (text.charAt(i) - base);
            }
            if (end >= 0 && number >= 0 && number < leaves.size()) {
                places.add(new Place(leaves.get(number), start, end + 1));
            }
        }
        return places;
    }
}

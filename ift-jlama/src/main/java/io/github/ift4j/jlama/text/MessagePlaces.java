package io.github.ift4j.jlama.text;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.Markers.Place;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.jlama.text.jinja.TextSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where a template puts what the messages of a conversation say.
 *
 * <p>The conversation is rendered once more with markers for its texts. When the text between the markers, with the texts in
 * place of the markers, is the rendered conversation, the places are known. Else (a template that drops an earlier thought,
 * say) each message is marked alone, and its place is where the two renderings differ.
 *
 * @param byMessage places in the order of the text, by index of the message
 */
record MessagePlaces(Map<Integer, List<TextSpan>> byMessage) {
    /** The places in {@code text}, which is the rendering of the conversation. */
    static MessagePlaces find(
            ChatTemplate template, List<Message> messages, List<? extends Map<String, ?>> tools, String text) {
        return together(template, messages, tools, text).orElseGet(() -> oneByOne(template, messages, tools, text));
    }

    private static Optional<MessagePlaces> together(
            ChatTemplate template, List<Message> messages, List<? extends Map<String, ?>> tools, String text) {
        Markers markers = Markers.notIn(text);
        List<Message> marked = new ArrayList<>();
        for (Message message : messages) {
            marked.add(markers.mark(message, marked.size()));
        }
        String rendered;
        try {
            rendered = template.render(marked, tools, false).text();
        } catch (TemplateException e) {
            return Optional.empty();
        }
        return tile(rendered, markers.find(rendered), text);
    }

    private static Optional<MessagePlaces> tile(String rendered, List<Place> places, String text) {
        Map<Integer, List<TextSpan>> byMessage = new TreeMap<>();
        int from = 0;
        int at = 0;
        for (int i = 0; i <= places.size(); i++) {
            int to = i < places.size() ? places.get(i).start() : rendered.length();
            String between = rendered.substring(from, to);
            if (!text.startsWith(between, at)) {
                return Optional.empty();
            }
            at += between.length();
            if (i == places.size()) {
                return at == text.length() ? Optional.of(new MessagePlaces(byMessage)) : Optional.empty();
            }
            Place place = places.get(i);
            int next = i + 1 < places.size() ? places.get(i + 1).start() : rendered.length();
            String after = rendered.substring(place.end(), next);
            int start = at;
            Optional<String> said = variants(place.leaf().text())
                    .filter(variant ->
                            text.startsWith(variant, start) && text.startsWith(after, start + variant.length()))
                    .findFirst();
            if (said.isEmpty()) {
                return Optional.empty();
            }
            at += said.get().length();
            byMessage
                    .computeIfAbsent(place.leaf().message(), message -> new ArrayList<>())
                    .add(new TextSpan(start, at));
            from = place.end();
        }
        throw new IllegalStateException("the last piece was not reached");
    }

    /** What templates make of a text. */
    private static Stream<String> variants(String text) {
        return Stream.of(
                text,
                text.strip(),
                text.stripLeading(),
                text.stripTrailing(),
                JsonFile.quoted(text),
                JsonFile.quoted(text.strip()));
    }

    private static MessagePlaces oneByOne(
            ChatTemplate template, List<Message> messages, List<? extends Map<String, ?>> tools, String text) {
        Map<Integer, List<TextSpan>> byMessage = new TreeMap<>();
        for (int i = 0; i < messages.size(); i++) {
            Markers markers = Markers.notIn(text);
            List<Message> marked = new ArrayList<>(messages);
            marked.set(i, markers.mark(messages.get(i), i));
            try {
                String rendered = template.render(marked, tools, false).text();
                List<Place> places = markers.find(rendered);
                if (!places.isEmpty()) {
                    byMessage.put(i, List.of(difference(rendered, places, text)));
                }
            } catch (TemplateException e) {
                // The template refuses what is marked; the message has no place then.
                byMessage.remove(i);
            }
        }
        return new MessagePlaces(byMessage);
    }

    private static TextSpan difference(String rendered, List<Place> places, String text) {
        String before = rendered.substring(0, places.getFirst().start());
        String after = rendered.substring(places.getLast().end());
        int start = TextSearch.commonPrefixLength(before, text);
        int end = text.length() - TextSearch.commonSuffixLength(after, text.substring(start));
        return new TextSpan(start, end);
    }

    /**
     * From the first to the last place of a message; empty when it has none.
     *
     * @throws IllegalArgumentException when one of another message lies between
     */
    Optional<TextSpan> of(int message) {
        List<TextSpan> places = byMessage.getOrDefault(message, List.of());
        if (places.isEmpty()) {
            return Optional.empty();
        }
        TextSpan whole =
                new TextSpan(places.getFirst().start(), places.getLast().end());
        boolean interrupted =
                others(message).anyMatch(other -> other.start() < whole.end() && other.end() > whole.start());
        if (interrupted) {
            throw new IllegalArgumentException(
                    "the chat template writes what message %d says in several places;".formatted(message + 1)
                            + " mark what is to be learned by {% generation %} in the template");
        }
        return Optional.of(whole);
    }

    /** Where the last other message before {@code position} ends, 0 when there is none. */
    int endBefore(int message, int position) {
        return others(message)
                .filter(other -> other.end() <= position)
                .mapToInt(TextSpan::end)
                .max()
                .orElse(0);
    }

    /** Where the first other message from {@code position} on begins, {@code otherwise} when there is none. */
    int startAfter(int message, int position, int otherwise) {
        return others(message)
                .filter(other -> other.start() >= position)
                .mapToInt(TextSpan::start)
                .min()
                .orElse(otherwise);
    }

    private Stream<TextSpan> others(int message) {
        return byMessage.entrySet().stream()
                .filter(entry -> entry.getKey() != message)
                .flatMap(entry -> entry.getValue().stream());
    }
}

package io.github.ift4j.langchain4j;

import com.google.common.collect.ImmutableList;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Counts the tokens of messages as a model reads them.
 *
 * @param model whose chat template and tokenizer count; without a template only the texts count
 */
record MessageCounter(TextModel model) {
    private static final Message QUESTION = Message.of("user", "?");
    private static final Message ANSWER = Message.of("assistant", "!");

    /** Tokens of a conversation together with what the template writes before any message. */
    int conversation(List<Message> messages) {
        return rendered(messages).orElseGet(() -> eachOf(messages));
    }

    /** Tokens that a message adds to a conversation; of a system message those of the conversation that it is alone. */
    int message(Message message) {
        return message.role().equals("system")
                ? rendered(List.of(message)).orElseGet(() -> added(message))
                : added(message);
    }

    /** For a conversation that the template refuses as it is: what is read of it has no more than this. */
    private int eachOf(List<Message> messages) {
        int before = rendered(List.of(QUESTION)).orElse(0) - added(QUESTION);
        return Math.max(0, before) + messages.stream().mapToInt(this::added).sum();
    }

    /**
     * What a message adds between others, as memories forget their first messages and some templates write the last one differently; at
     * the end where the template refuses that.
     */
    private int added(Message message) {
        List<Surroundings> places = message.role().equals("system")
                ? List.of(new Surroundings(List.of(), List.of(QUESTION)))
                : List.of(
                        new Surroundings(List.of(QUESTION), List.of(QUESTION)),
                        new Surroundings(List.of(QUESTION), List.of()),
                        new Surroundings(List.of(QUESTION, ANSWER), List.of()));
        return places.stream()
                .map(place -> added(place, message))
                .flatMapToInt(OptionalInt::stream)
                .findFirst()
                .orElseGet(() -> tokens(message.text()));
    }

    private OptionalInt added(Surroundings place, Message message) {
        OptionalInt with = rendered(place.around(List.of(message)));
        OptionalInt without = rendered(place.around(List.of()));
        return with.isPresent() && without.isPresent()
                ? OptionalInt.of(with.getAsInt() - without.getAsInt())
                : OptionalInt.empty();
    }

    /** Tokens of a conversation that the template accepts. */
    private OptionalInt rendered(List<Message> messages) {
        Optional<ToolTemplate> template = model.toolTemplate();
        if (template.isEmpty()) {
            return OptionalInt.empty();
        }
        List<Message> written = template.get().write(messages);
        ChatTemplate writer = model.text().chatTemplate().orElseThrow();
        try {
            return OptionalInt.of(
                    tokens(writer.render(written, List.of(), false).text()));
        } catch (TemplateException refused) {
            return OptionalInt.empty();
        }
    }

    private int tokens(String text) {
        return model.text().tokenizer().encode(text, false).length;
    }

    /** What stands before and after a message. */
    private record Surroundings(List<Message> before, List<Message> after) {
        List<Message> around(List<Message> messages) {
            return ImmutableList.<Message>builder()
                    .addAll(before)
                    .addAll(messages)
                    .addAll(after)
                    .build();
        }
    }
}

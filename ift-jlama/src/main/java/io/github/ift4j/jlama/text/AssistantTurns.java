package io.github.ift4j.jlama.text;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.Markers.Place;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.jlama.text.jinja.TextSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What of a rendered conversation the assistant says. */
final class AssistantTurns {
    /** Chars of an answer by which it is found again in another rendering. */
    private static final int LOOK_BACK = 32;

    private static final Set<String> ROLES = Set.of("assistant", "assistant_tool_call");

    private final ChatTemplate template;
    private final List<Message> messages;
    private final List<? extends Map<String, ?>> tools;
    private final String text;
    private final String usualHeader;
    private final MessagePlaces places;

    /**
     * One answer in the text, all in chars.
     *
     * @param message index of the message
     * @param start where the assistant goes on after the generation prompt
     * @param end where its words end
     * @param limit where the next message may begin; an end-of-turn token lies before it
     * @param closing the text from {@code end} on that belongs to the turn for sure, null when that cannot be told
     */
    record Turn(int message, int start, int end, int limit, String closing) {}

    private AssistantTurns(
            ChatTemplate template,
            List<Message> messages,
            List<? extends Map<String, ?>> tools,
            String text,
            String usualHeader) {
        this.template = template;
        this.messages = messages;
        this.tools = tools;
        this.text = text;
        this.usualHeader = usualHeader;
        this.places = MessagePlaces.find(template, messages, tools, text);
    }

    static boolean isAssistant(Message message) {
        return ROLES.contains(message.role());
    }

    /**
     * The answers in {@code text}, the rendering of the conversation; answers that the template does not write are left out.
     *
     * @param usualHeader {@link #usualHeader(ChatTemplate)} of the template
     */
    static List<Turn> find(
            ChatTemplate template,
            List<Message> messages,
            List<? extends Map<String, ?>> tools,
            String text,
            String usualHeader) {
        return new AssistantTurns(template, messages, tools, text, usualHeader).turns();
    }

    private List<Turn> turns() {
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (isAssistant(messages.get(i))) {
                int message = i;
                places.of(i).ifPresent(said -> turns.add(turn(message, said)));
            }
        }
        return turns;
    }

    private Turn turn(int message, TextSpan said) {
        int previousEnd = places.endBefore(message, said.start());
        int limit = places.startAfter(message, said.end(), text.length());
        int start = start(message, said, previousEnd);
        return new Turn(message, start, Math.max(start, said.end()), limit, closing(message, said.end(), limit));
    }

    /** Generation goes on where the prompt for it ends, provided the rendered conversation begins with that prompt. */
    private int start(int message, TextSpan said, int previousEnd) {
        String prompt = render(message, true).orElse("");
        String header = prompt.endsWith(usualHeader) ? usualHeader : header(prompt, message);
        boolean begins = text.startsWith(prompt) && prompt.endsWith(header);
        if (begins && prompt.length() >= previousEnd && prompt.length() <= said.end()) {
            return prompt.length();
        }
        String between = text.substring(previousEnd, Math.max(previousEnd, said.start()));
        int at = header.isEmpty() ? -1 : between.lastIndexOf(header);
        if (at >= 0) {
            return previousEnd + at + header.length();
        }
        return promptAfterPrevious(message)
                .filter(after -> !after.isEmpty() && between.startsWith(after))
                .map(after -> previousEnd + after.length())
                .orElse(said.start());
    }

    /**
     * What the prompt for generation has after the message before the answer. It may agree with the conversation where the whole
     * prompt does not: some templates write the tools before the last question, whichever that is.
     */
    private Optional<String> promptAfterPrevious(int message) {
        if (message == 0) {
            return Optional.empty();
        }
        Markers markers = Markers.notIn(text);
        List<Message> marked = new ArrayList<>(messages.subList(0, message));
        marked.set(message - 1, markers.mark(messages.get(message - 1), message - 1));
        try {
            String prompt = template.render(marked, tools, true).text();
            List<Place> places = markers.find(prompt);
            return places.isEmpty()
                    ? Optional.empty()
                    : Optional.of(prompt.substring(places.getLast().end()));
        } catch (TemplateException e) {
            return Optional.empty();
        }
    }

    /** What the prompt for generation has more than the conversation so far, the usual where it has nothing more. */
    private String header(String prompt, int message) {
        String without = render(message, false).orElse(prompt);
        String header = prompt.substring(TextSearch.commonPrefixLength(prompt, without));
        return header.isEmpty() ? usualHeader : header;
    }

    /** What a prompt for generation ends with after a plain question; empty when the template writes nothing there. */
    static String usualHeader(ChatTemplate template) {
        List<Message> question = List.of(Message.of("user", "Hi"));
        try {
            String prompt = template.render(question, List.of(), true).text();
            String without = template.render(question, List.of(), false).text();
            return prompt.substring(TextSearch.commonPrefixLength(prompt, without));
        } catch (TemplateException e) {
            return "";
        }
    }

    /** What the template writes after the answer when nothing follows it, as far as the text has that too. */
    private String closing(int message, int end, int limit) {
        if (message == messages.size() - 1) {
            return text.substring(end);
        }
        Optional<String> upToHere = render(message + 1, false);
        if (upToHere.isEmpty()) {
            return null;
        }
        String tail = text.substring(end, limit);
        String own = upToHere.get();
        int from = end;
        if (!own.startsWith(text.substring(0, end))) {
            // Earlier text differs, so the answer is looked for from the right.
            String said = text.substring(Math.max(0, end - LOOK_BACK), end);
            from = own.lastIndexOf(said) + said.length();
            if (from < said.length()) {
                return null;
            }
        }
        return TextSearch.commonPrefix(own.substring(from), tail);
    }

    /** The first {@code count} messages; empty when the template refuses them. */
    private Optional<String> render(int count, boolean addGenerationPrompt) {
        try {
            return Optional.of(template.render(messages.subList(0, count), tools, addGenerationPrompt)
                    .text());
        } catch (TemplateException e) {
            return Optional.empty();
        }
    }
}

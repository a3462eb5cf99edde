package io.github.ift4j.jlama.text.tools;

import io.github.ift4j.core.data.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Brings conversations into the order that many chat templates demand: a user begins, and user and assistant take turns. A conversation
 * is out of order when a memory has forgotten its first messages, or when a question got no answer because that took too long.
 */
final class TurnOrder {
    private static final Message ANSWER = Message.of("assistant", "x");

    private TurnOrder() {}

    /**
     * Whether a template demands it.
     *
     * @param accepts whether the template writes a conversation
     */
    static boolean isDemanded(Predicate<List<Message>> accepts) {
        return accepts.test(List.of(ToolTemplate.QUESTION))
                && accepts.test(List.of(ToolTemplate.QUESTION, ANSWER, ToolTemplate.QUESTION))
                && !(accepts.test(List.of(ToolTemplate.QUESTION, ToolTemplate.QUESTION))
                        && accepts.test(List.of(ANSWER, ToolTemplate.QUESTION)));
    }

    /**
     * The conversation put in order, in each way that may do, the one that changes least first.
     *
     * @param write writes calls and results in the template's own terms, as what they become has to be in order too
     */
    static Stream<ToolPrompt> repaired(List<Message> messages, Function<List<Message>, ToolPrompt> write) {
        List<Message> begun = fromFirstQuestion(messages);
        return Stream.<Supplier<ToolPrompt>>of(
                        () -> joined(write.apply(messages)),
                        () -> write.apply(begun),
                        () -> joined(write.apply(begun)),
                        () -> joined(write.apply(withoutUnansweredCalls(begun))))
                .map(Supplier::get);
    }

    /** Without what stands between the system message and the first question; calls are left out together with their results. */
    private static List<Message> fromFirstQuestion(List<Message> messages) {
        List<Message> kept = new ArrayList<>();
        boolean asked = false;
        for (Message message : messages) {
            asked |= isOf("user", message);
            if (asked || isOf("system", message)) {
                kept.add(message);
            }
        }
        return asked ? kept : messages;
    }

    /** Some templates pass over calls and results when they look at the turns, so that two questions follow each other across them. */
    private static List<Message> withoutUnansweredCalls(List<Message> messages) {
        List<Message> kept = new ArrayList<>();
        for (Message message : messages) {
            while (isOf("user", message) && !kept.isEmpty() && CallMessages.isOfCall(kept.getLast())) {
                kept.removeLast();
            }
            kept.add(message);
        }
        return kept;
    }

    private static ToolPrompt joined(ToolPrompt prompt) {
        List<Message> joined = new ArrayList<>();
        for (Message message : prompt.messages()) {
            if (!joined.isEmpty() && areOneTurn(joined.getLast(), message)) {
                joined.add(join(joined.removeLast(), message));
            } else {
                joined.add(message);
            }
        }
        return new ToolPrompt(joined, prompt.tools());
    }

    private static boolean areOneTurn(Message first, Message second) {
        return first.role().equals(second.role())
                && (isOf("user", first) || isOf("assistant", first))
                && !CallMessages.isOfCall(first)
                && !CallMessages.isOfCall(second);
    }

    private static Message join(Message first, Message second) {
        return first.withContent(ToolInstruction.joined(first.text(), second.text()));
    }

    private static boolean isOf(String role, Message message) {
        return message.role().equals(role);
    }
}

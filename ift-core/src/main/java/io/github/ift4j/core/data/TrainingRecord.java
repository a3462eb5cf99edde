package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;
import java.util.List;
import java.util.Map;

/** One entry of a data file, before it is turned into tokens. */
public sealed interface TrainingRecord {
    /** Where it came from, as {@code file:line}, for messages. */
    String origin();

    /** What an example made of it shows. */
    ExampleKind kind();

    /** A text with something to be learned in it. */
    sealed interface Demonstration extends TrainingRecord {
        @Override
        default ExampleKind kind() {
            return ExampleKind.DEMONSTRATION;
        }

        /** Whether the answer in it is empty. */
        boolean isEmpty();
    }

    /**
     * A conversation; what the assistant says is learned.
     *
     * @param messages in order
     * @param tools JSON objects that describe the tools on offer, empty when there are none
     * @param given how many of the first messages are given: what the assistant says in them is not learned
     */
    record Conversation(List<Message> messages, List<Map<String, Object>> tools, int given, String origin)
            implements Demonstration {
        public Conversation {
            messages = List.copyOf(messages);
            tools = List.copyOf(tools);
            Preconditions.checkArgument(
                    given >= 0 && given <= messages.size(), "%s of %s messages are given", given, messages.size());
        }

        /** A conversation of which everything that the assistant says is learned. */
        public Conversation(List<Message> messages, List<Map<String, Object>> tools, String origin) {
            this(messages, tools, 0, origin);
        }

        @Override
        public boolean isEmpty() {
            return messages.subList(given, messages.size()).stream().allMatch(Message::isEmpty);
        }
    }

    /** A prompt and the completion that is learned. */
    record Completion(String prompt, String completion, String origin) implements Demonstration {
        @Override
        public boolean isEmpty() {
            return completion.isBlank();
        }
    }

    /** Plain text, all of it learned. */
    record Text(String text, String origin) implements Demonstration {
        @Override
        public boolean isEmpty() {
            return text.isBlank();
        }
    }

    /** Tokens with their labels. */
    record Tokens(Sequence sequence, String origin) implements Demonstration {
        @Override
        public boolean isEmpty() {
            return sequence.labelledTokens() == 0;
        }
    }

    /**
     * Two answers to one prompt.
     *
     * @param chosen the prompt with the better answer
     * @param rejected the prompt with the worse answer
     */
    record Preference(Demonstration chosen, Demonstration rejected, String origin) implements TrainingRecord {
        @Override
        public ExampleKind kind() {
            return ExampleKind.PREFERENCE;
        }
    }

    /**
     * An answer and what was thought of it.
     *
     * @param desirable whether it was a good one
     */
    record Rating(Demonstration answer, boolean desirable, String origin) implements TrainingRecord {
        @Override
        public ExampleKind kind() {
            return ExampleKind.RATING;
        }
    }
}

package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.data.Message;
import java.util.List;

/** A model that is measured: always the most probable token, so equal questions have equal answers. */
@FunctionalInterface
public interface Answers {
    /** The assistant's next message; empty when the conversation does not fit into the model's context. */
    String answer(List<Message> conversation);

    /** The answer to one question of a user. */
    default String answer(String question) {
        return answer(List.of(Message.of("user", question)));
    }
}

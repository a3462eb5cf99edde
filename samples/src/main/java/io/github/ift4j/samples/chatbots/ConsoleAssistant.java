package io.github.ift4j.samples.chatbots;

import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;

/** Whom the users of a {@link ConsoleBot} talk with; LangChain4j's {@code AiServices} implements it. */
interface ConsoleAssistant {
    /** The answer as it is written; {@code user} says in whose memory question and answer go. */
    TokenStream chat(@MemoryId String user, @UserMessage String question);
}

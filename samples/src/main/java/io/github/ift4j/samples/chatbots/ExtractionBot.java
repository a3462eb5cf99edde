package io.github.ift4j.samples.chatbots;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.AiServices;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;

/**
 * Makes objects out of text. The model can write nothing but JSON of the record's schema, so that there always is an object; whether
 * it says what the text says is up to the model.
 */
public final class ExtractionBot {
    private static final int ANSWER_TOKENS = 60;

    private ExtractionBot() {}

    /**
     * The person that a text is about.
     *
     * @throws dev.langchain4j.exception.InvalidRequestException when the text is too long for the model's context
     */
    public static Townsperson extract(IftEngine engine, String text) {
        ChatModel model = IftChatModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(ANSWER_TOKENS)
                .build();
        return AiServices.create(Extractor.class, model).extract(text);
    }

    /** LangChain4j's {@code AiServices} implements it. */
    interface Extractor {
        /** The person in a text. */
        Townsperson extract(String text);
    }
}

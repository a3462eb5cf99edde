package io.github.ift4j.samples.chatbots;

import dev.langchain4j.model.chat.ChatModel;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The smallest chatbot: a model, a question, an answer. */
public final class HelloBot {
    private HelloBot() {}

    /** Arguments: the question, which may be several words. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("ift-hello");
        EmbeddedModel.copyModel(directory.resolve("model"));
        EmbeddedModel.copyAdapter(directory.resolve("adapter"));
        try (IftEngine engine = IftEngine.builder()
                .modelPath(directory.resolve("model"))
                .adapterPath(directory.resolve("adapter"))
                .build()) {
            System.out.println(answer(engine, String.join(" ", arguments)));
        }
    }

    /** The most probable answer. */
    public static String answer(IftEngine engine, String question) {
        ChatModel model = IftChatModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(60)
                .build();
        return model.chat(question);
    }
}

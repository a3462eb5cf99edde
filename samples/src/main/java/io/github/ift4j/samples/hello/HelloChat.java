package io.github.ift4j.samples.hello;

import dev.langchain4j.model.chat.ChatModel;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import java.nio.file.Path;

/** {@code ift-langchain4j}: a tuned model answers as any LangChain4j chat model. */
public final class HelloChat {
    private HelloChat() {}

    /** Arguments: the model's folder, a question. */
    public static void main(String[] arguments) {
        System.out.println(ask(Path.of(arguments[0]), arguments[1]));
    }

    static String ask(Path directory, String question) {
        try (IftEngine engine = IftEngine.load(directory)) {
            ChatModel model = IftChatModel.builder()
                    .engine(engine)
                    .temperature(0.0)
                    .maxOutputTokens(60)
                    .build();
            return model.chat(question);
        }
    }
}

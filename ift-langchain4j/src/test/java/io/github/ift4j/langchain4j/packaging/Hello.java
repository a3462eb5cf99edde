package io.github.ift4j.langchain4j.packaging;

import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import java.nio.file.Path;

/** An application of one class. Arguments: the model's folder, a question. */
final class Hello {
    private Hello() {}

    public static void main(String[] arguments) {
        System.out.println(answer(Path.of(arguments[0]), arguments[1]));
    }

    /** What the model says. */
    static String answer(Path model, String question) {
        try (IftEngine engine = IftEngine.load(model)) {
            return IftChatModel.builder()
                    .engine(engine)
                    .temperature(0.0)
                    .maxOutputTokens(8)
                    .build()
                    .chat(question);
        }
    }
}

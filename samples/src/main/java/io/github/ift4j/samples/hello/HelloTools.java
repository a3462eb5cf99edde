package io.github.ift4j.samples.hello;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.service.AiServices;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import java.nio.file.Path;

/** {@code ift-langchain4j}: a model calls Java methods. */
public final class HelloTools {
    private HelloTools() {}

    /** What the model may call. */
    static final class Calculator {
        @Tool("Adds two numbers")
        int add(int a, int b) {
            return a + b;
        }
    }

    /** What an application calls. */
    interface Assistant {
        String chat(String text);
    }

    static String ask(IftEngine engine, String question) {
        return AiServices.builder(Assistant.class)
                .chatModel(IftChatModel.builder()
                        .engine(engine)
                        .maxOutputTokens(100)
                        .build())
                .tools(new Calculator())
                .build()
                .chat(question);
    }

    /** Arguments: the model's folder, a question. */
    public static void main(String[] arguments) {
        try (IftEngine engine = IftEngine.load(Path.of(arguments[0]))) {
            System.out.println(ask(engine, arguments[1]));
        }
    }
}

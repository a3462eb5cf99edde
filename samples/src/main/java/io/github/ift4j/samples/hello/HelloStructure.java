package io.github.ift4j.samples.hello;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.service.AiServices;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftChatRequestParameters;
import io.github.ift4j.langchain4j.IftEngine;
import java.nio.file.Path;
import java.util.List;

/** {@code ift-langchain4j}: answers that have the form an application needs, whatever the model. */
public final class HelloStructure {
    private HelloStructure() {}

    /** What is looked for in a text. */
    record Person(String name, String city) {}

    /** What an application calls. */
    interface Extractor {
        Person extract(String text);
    }

    static Person extract(IftEngine engine, String text) {
        ChatModel model = IftChatModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(100)
                .build();
        return AiServices.create(Extractor.class, model).extract(text);
    }

    static String isQuestion(IftEngine engine, String text) {
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("Is this a question? " + text))
                .parameters(IftChatRequestParameters.builder()
                        .guidedChoice(List.of("yes", "no"))
                        .build())
                .build();
        return IftChatModel.builder()
                .engine(engine)
                .build()
                .chat(request)
                .aiMessage()
                .text();
    }

    /** The same without LangChain4j. */
    static GenerationResult guided(TextModel model, List<Message> messages, String schema) {
        Guide person = model.guide(Grammar.jsonSchema(schema)); // compiled once, shared by all threads
        GenerationResult answer = model.generate(model.chatRequest(messages).withGuide(person));
        return answer;
    }

    /** Arguments: the model's folder, a text. */
    public static void main(String[] arguments) {
        try (IftEngine engine = IftEngine.load(Path.of(arguments[0]))) {
            System.out.println(extract(engine, arguments[1]));
            System.out.println(isQuestion(engine, arguments[1]));
        }
    }
}

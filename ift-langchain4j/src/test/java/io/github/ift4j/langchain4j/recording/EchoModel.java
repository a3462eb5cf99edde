package io.github.ift4j.langchain4j.recording;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A LangChain4j model of no provider of ours, which makes its answer of what it is told. */
public final class EchoModel implements ChatModel {
    private final UnaryOperator<String> answer;
    private final List<ChatModelListener> listeners;
    private final AtomicInteger next = new AtomicInteger();

    /** Repeats what it is told. */
    public EchoModel(ChatModelListener... listeners) {
        this("You said: "::concat, listeners);
    }

    /** Answers as the function says. */
    public EchoModel(UnaryOperator<String> answer, ChatModelListener... listeners) {
        this.answer = answer;
        this.listeners = List.of(listeners);
    }

    /** Says something as that user and gives the id of the response. */
    public String say(Speaker speaker, String text) {
        return speaker.call(() -> chat(UserMessage.from(text))).id();
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        String said = ((UserMessage) request.messages().getLast()).singleText();
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(answer.apply(said)))
                .metadata(ChatResponseMetadata.builder()
                        .id("echo-" + next.incrementAndGet())
                        .modelName("echo")
                        .tokenUsage(new TokenUsage(3, 5))
                        .build())
                .build();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }
}

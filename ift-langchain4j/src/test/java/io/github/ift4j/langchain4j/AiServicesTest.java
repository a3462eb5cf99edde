package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AiServicesTest {
    interface Assistant {
        @SystemMessage("Be brief")
        String chat(@MemoryId int user, @UserMessage String text);
    }

    interface StreamingAssistant {
        TokenStream chat(String text);
    }

    @Test
    void anAssistantRemembersTheConversationOfEachUser() {
        List<String> prompts = new CopyOnWriteArrayList<>();
        IftEngine engine = ScriptedModel.answering(prompt -> {
                    prompts.add(prompt);
                    return "answer " + prompts.size();
                })
                .engine();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(IftChatModel.builder().engine(engine).build())
                .chatMemoryProvider(user -> MessageWindowChatMemory.withMaxMessages(10))
                .build();

        assertThat(assistant.chat(1, "I am Ann")).isEqualTo("answer 1");
        assertThat(assistant.chat(2, "I am Bob")).isEqualTo("answer 2");
        assertThat(assistant.chat(1, "Who am I?")).isEqualTo("answer 3");

        assertThat(prompts.getLast())
                .isEqualTo("<|system|>Be brief<|end|><|user|>I am Ann<|end|><|assistant|>answer 1<|end|>"
                        + "<|user|>Who am I?<|end|><|assistant|>");
    }

    @Test
    void aStreamingAssistantHandsOutThePartials() throws Exception {
        StreamingAssistant assistant = AiServices.builder(StreamingAssistant.class)
                .streamingChatModel(IftStreamingChatModel.builder()
                        .engine(ScriptedModel.engine("Hello"))
                        .build())
                .build();
        StringBuffer partials = new StringBuffer();
        CompletableFuture<String> answer = new CompletableFuture<>();

        assistant
                .chat("Hi")
                .onPartialResponse(partials::append)
                .onCompleteResponse(
                        response -> answer.complete(response.aiMessage().text()))
                .onError(answer::completeExceptionally)
                .start();

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("Hello");
        assertThat(partials).hasToString("Hello");
    }
}

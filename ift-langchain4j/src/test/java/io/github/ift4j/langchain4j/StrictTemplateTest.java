package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.AiServices;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chats with a template that demands that user and assistant take turns, as those of Gemma and Mistral do. */
@Timeout(60)
class StrictTemplateTest {
    private static final String TEMPLATE = """
        {%- set first = 1 if messages[0].role == 'system' else 0 %}
        {%- for m in messages %}
        {%- if (m.role == 'user') != (loop.index0 % 2 == first) %}{{ raise_exception('roles must alternate') }}{% endif %}
        {{- '<|' + m.role + '|>' + m.content + '<|end|>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}<|assistant|>{% endif %}\
        """;

    private final List<String> prompts = new ArrayList<>();
    private volatile boolean interrupted;
    private final IftEngine engine = IftEngine.of(ScriptedModel.answering(prompt -> {
                prompts.add(prompt);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return "answer " + prompts.size();
            })
            .textModel(Optional.of(TEMPLATE)));
    private final ChatModel model = IftChatModel.builder().engine(engine).build();

    interface Assistant {
        String chat(String text);
    }

    interface BriefAssistant {
        @dev.langchain4j.service.SystemMessage("Be brief")
        String chat(String text);
    }

    @Test
    void aChatGoesOnWhenItsMemoryHasForgottenTheFirstQuestionButNotTheAnswer() {
        Assistant assistant = remembering(Assistant.class, MessageWindowChatMemory.withMaxMessages(3));

        for (int i = 1; i <= 5; i++) {
            assertThat(assistant.chat("question " + i)).isEqualTo("answer " + i);
        }

        assertThat(prompts.getLast())
                .isEqualTo(
                        "<|user|>question 4<|end|><|assistant|>answer 4<|end|><|user|>question 5<|end|><|assistant|>");
    }

    @Test
    void aSystemMessageIsReadWhereTheTemplateRefusesOne() {
        String strict = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE;
        List<String> asked = new ArrayList<>();
        try (IftEngine refusing = IftEngine.of(ScriptedModel.answering(prompt -> {
                    asked.add(prompt);
                    return "yes";
                })
                .textModel(Optional.of(strict)))) {
            BriefAssistant assistant = AiServices.builder(BriefAssistant.class)
                    .chatModel(IftChatModel.builder().engine(refusing).build())
                    .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                    .build();
            assistant.chat("one");
            assistant.chat("two");
        }

        assertThat(asked.getLast())
                .isEqualTo("<|user|>Be brief\n\none<|end|><|assistant|>yes<|end|><|user|>two<|end|><|assistant|>");
    }

    @Test
    void itGoesOnAfterTheSystemMessageToo() {
        BriefAssistant assistant = remembering(BriefAssistant.class, MessageWindowChatMemory.withMaxMessages(4));

        for (int i = 1; i <= 3; i++) {
            assertThat(assistant.chat("question " + i)).isEqualTo("answer " + i);
        }

        assertThat(prompts.getLast())
                .isEqualTo("<|system|>Be brief<|end|><|user|>question 2<|end|><|assistant|>answer 2<|end|>"
                        + "<|user|>question 3<|end|><|assistant|>");
    }

    @Test
    void itGoesOnInAWindowOfTokens() {
        ChatMemory memory = TokenWindowChatMemory.withMaxTokens(
                40, IftTokenCountEstimator.builder().engine(engine).build());
        Assistant assistant = remembering(Assistant.class, memory);

        for (int i = 1; i <= 5; i++) {
            assertThat(assistant.chat("question " + i)).isEqualTo("answer " + i);
        }
    }

    @Test
    void aQuestionThatGotNoAnswerIsAskedTogetherWithTheNext() {
        Assistant assistant = remembering(Assistant.class, MessageWindowChatMemory.withMaxMessages(10));
        assistant.chat("one");
        interrupted = true;
        assertThatExceptionOfType(LangChain4jException.class).isThrownBy(() -> assistant.chat("two"));
        assertThat(Thread.interrupted()).isTrue();
        interrupted = false;

        assertThat(assistant.chat("three")).isEqualTo("answer 3");
        assertThat(prompts.getLast())
                .isEqualTo("<|user|>one<|end|><|assistant|>answer 1<|end|><|user|>two\n\nthree<|end|><|assistant|>");
    }

    @Test
    void whatTheTemplateAcceptsStaysAsItIs() {
        model.chat(SystemMessage.from("Be kind"), UserMessage.from("a"), AiMessage.from("b"), UserMessage.from("c"));

        assertThat(prompts)
                .containsExactly("<|system|>Be kind<|end|><|user|>a<|end|><|assistant|>b<|end|><|user|>c<|end|>"
                        + "<|assistant|>");
    }

    @Test
    void aConversationWithoutAQuestionIsInvalid() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model.chat(SystemMessage.from("Be kind"), AiMessage.from("b")))
                .withMessageContaining("roles must alternate");
    }

    private <T> T remembering(Class<T> type, ChatMemory memory) {
        return AiServices.builder(type).chatModel(model).chatMemory(memory).build();
    }
}

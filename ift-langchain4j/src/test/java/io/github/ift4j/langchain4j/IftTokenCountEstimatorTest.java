package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IftTokenCountEstimatorTest {
    @Test
    void countsTheTokensOfATextAndOfMessagesAsTheTemplateWritesThem() {
        try (IftEngine engine = ScriptedModel.engine("ok")) {
            TokenCountEstimator estimator =
                    IftTokenCountEstimator.builder().engine(engine).build();

            assertThat(estimator.estimateTokenCountInText("Hello")).isEqualTo(5);
            assertThat(estimator.estimateTokenCountInText("")).isZero();
            // A mark before and one after.
            assertThat(estimator.estimateTokenCountInMessage(UserMessage.from("Hello")))
                    .isEqualTo(7);
            assertThat(estimator.estimateTokenCountInMessages(
                            List.of(SystemMessage.from("Be"), UserMessage.from("Hello"), AiMessage.from("Hi"))))
                    .isEqualTo(4 + 7 + 4);
            assertThat(estimator.estimateTokenCountInMessages(List.<ChatMessage>of()))
                    .isZero();
        }
    }

    @Test
    void aMessageThatTheTemplateRefusesAloneCountsWhatItAdds() {
        String strict = """
            {%- if messages[0].role != 'user' %}{{ raise_exception('a user has to begin') }}{% endif %}
            {%- for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}\
            """;
        try (IftEngine engine =
                        IftEngine.of(ScriptedModel.answering(prompt -> "ok").textModel(Optional.of(strict)));
                IftEngine bare =
                        IftEngine.of(ScriptedModel.answering(prompt -> "ok").textModel(Optional.empty()))) {
            assertThat(IftTokenCountEstimator.builder()
                            .engine(engine)
                            .build()
                            .estimateTokenCountInMessage(AiMessage.from("Hello")))
                    .isEqualTo(7);
            assertThat(IftTokenCountEstimator.builder()
                            .engine(bare)
                            .build()
                            .estimateTokenCountInMessage(AiMessage.from("Hello")))
                    .isEqualTo(5);
        }
    }

    @Test
    void keepsAChatMemoryWithinItsTokens() {
        try (IftEngine engine = ScriptedModel.engine("ok")) {
            TokenCountEstimator estimator =
                    IftTokenCountEstimator.builder().engine(engine).build();
            TokenWindowChatMemory memory = TokenWindowChatMemory.withMaxTokens(20, estimator);
            for (int i = 0; i < 10; i++) {
                memory.add(UserMessage.from("Hello"));
            }
            assertThat(memory.messages()).hasSize(2);
        }
    }

    @Test
    void keepsAChatMemoryWithinItsTokensWhereTheTemplateBeginsWithAPreamble() {
        String preamble = """
            {%- if messages[0].role != 'system' %}<|system|>You are a helpful assistant.<|end|>{% endif %}
            {%- for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}\
            """;
        try (IftEngine engine =
                IftEngine.of(ScriptedModel.answering(prompt -> "ok").textModel(Optional.of(preamble)))) {
            TokenCountEstimator estimator =
                    IftTokenCountEstimator.builder().engine(engine).build();
            assertThat(estimator.estimateTokenCountInMessages(List.of(UserMessage.from("Hello"))))
                    .isEqualTo(30 + 7);
            assertThat(estimator.estimateTokenCountInMessage(UserMessage.from("Hello")))
                    .isEqualTo(7);

            TokenWindowChatMemory memory = TokenWindowChatMemory.withMaxTokens(60, estimator);
            for (int i = 0; i < 10; i++) {
                memory.add(UserMessage.from("Hello"));
                assertThat(estimator.estimateTokenCountInMessages(memory.messages()))
                        .isLessThanOrEqualTo(60);
            }
            assertThat(memory.messages()).hasSize(4);
        }
    }

    @Test
    void aConversationThatTheTemplateRefusesCountsEachOfItsMessages() {
        String strict = """
            {{- '<|end|>' }}{% for m in messages %}
            {%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('take turns') }}{% endif %}
            {{- '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}\
            """;
        try (IftEngine engine =
                IftEngine.of(ScriptedModel.answering(prompt -> "ok").textModel(Optional.of(strict)))) {
            TokenCountEstimator estimator =
                    IftTokenCountEstimator.builder().engine(engine).build();

            assertThat(estimator.estimateTokenCountInMessages(
                            List.of(AiMessage.from("Hi"), UserMessage.from("Hello"), UserMessage.from("you"))))
                    .isEqualTo(1 + 4 + 7 + 5);
            assertThat(estimator.estimateTokenCountInMessage(UserMessage.from("Hello")))
                    .isEqualTo(7);
        }
    }

    @Test
    void callsAndTheirResultsCountAsTheModelReadsThem() {
        try (IftEngine engine = ScriptedModel.engine("ok")) {
            TokenCountEstimator estimator =
                    IftTokenCountEstimator.builder().engine(engine).build();
            ToolExecutionRequest call =
                    ToolExecutionRequest.builder().name("add").arguments("{}").build();

            // The template has no place for calls and results: they are written as texts.
            assertThat(estimator.estimateTokenCountInMessage(AiMessage.from(call)))
                    .isEqualTo(2 + "{\"name\": \"add\", \"arguments\": {}}".length());
            assertThat(estimator.estimateTokenCountInMessage(ToolExecutionResultMessage.from(call, "4")))
                    .isEqualTo(2 + "Result of add: 4".length());
        }
    }
}

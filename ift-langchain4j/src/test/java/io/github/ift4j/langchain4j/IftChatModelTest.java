package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.verify;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.github.ift4j.langchain4j.IftChatModel.IftChatModelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class IftChatModelTest {
    @Test
    void answersWithUsageFinishReasonIdAndModelName() {
        ChatResponse response = saying("Hello!").chat(UserMessage.from("Hi"));

        assertThat(response.aiMessage()).isEqualTo(AiMessage.from("Hello!"));
        assertThat(response.metadata().id()).isNotBlank();
        assertThat(response.metadata().modelName()).isEqualTo(ScriptedModel.NAME);
        assertThat(response.metadata().finishReason()).isEqualTo(FinishReason.STOP);
        // <|user|> H i <|end|> <|assistant|>, and six letters with the end of the turn.
        assertThat(response.metadata().tokenUsage().inputTokenCount()).isEqualTo(5);
        assertThat(response.metadata().tokenUsage().outputTokenCount()).isEqualTo(7);
        assertThat(response.metadata().tokenUsage().totalTokenCount()).isEqualTo(12);
    }

    @Test
    void twoResponsesHaveTwoIds() {
        ChatModel model = saying("Hello!");

        assertThat(model.chat(UserMessage.from("Hi")).id())
                .isNotEqualTo(model.chat(UserMessage.from("Hi")).id());
    }

    @Test
    void theWholeConversationReachesTheModelThroughItsTemplate() {
        List<String> prompts = new ArrayList<>();
        ChatModel model = model(ScriptedModel.answering(prompt -> {
            prompts.add(prompt);
            return "ok";
        }));

        model.chat(SystemMessage.from("Be kind"), UserMessage.from("a"), AiMessage.from("b"), UserMessage.from("c"));

        assertThat(prompts)
                .containsExactly("<|system|>Be kind<|end|><|user|>a<|end|><|assistant|>b<|end|><|user|>c<|end|>"
                        + "<|assistant|>");
    }

    @Test
    void anEmptyAnswerIsAnEmptyMessage() {
        ChatResponse response = saying("").chat(UserMessage.from("Hi"));

        assertThat(response.aiMessage().text()).isEmpty();
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void parametersOfTheRequestOverrideThoseOfTheModel() {
        ChatModel model = IftChatModel.builder()
                .engine(ScriptedModel.engine("one two three"))
                .maxOutputTokens(5)
                .stopSequences(List.of("three"))
                .build();

        assertThat(model.chat(request().build()).aiMessage().text()).isEqualTo("one t");
        assertThat(model.chat(request().maxOutputTokens(100).build())
                        .aiMessage()
                        .text())
                .isEqualTo("one two ");
        ChatResponse response = model.chat(request()
                .maxOutputTokens(100)
                .stopSequences(List.of("tw", "ree"))
                .build());
        assertThat(response.aiMessage().text()).isEqualTo("one ");
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void theBoundOnOutputTokensIsExact() {
        ChatResponse response =
                saying("Hello!").chat(request().maxOutputTokens(4).build());

        assertThat(response.aiMessage().text()).isEqualTo("Hell");
        assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(4);
    }

    @Test
    void settingsOfTheBuilderTakePrecedenceOverItsDefaultParameters() {
        IftChatModel model = IftChatModel.builder()
                .engine(ScriptedModel.engine("x"))
                .defaultRequestParameters(IftChatRequestParameters.builder()
                        .temperature(0.1)
                        .topK(7)
                        .seed(3L)
                        .build())
                .temperature(0.7)
                .build();

        IftChatRequestParameters parameters = model.defaultRequestParameters();
        assertThat(parameters.temperature()).isEqualTo(0.7);
        assertThat(parameters.topK()).isEqualTo(7);
        assertThat(parameters.seed()).isEqualTo(3);
        assertThat(parameters.modelName()).isEqualTo(ScriptedModel.NAME);
    }

    @Test
    void equalSeedsGiveEqualAnswersAndOtherSeedsOthers() {
        ChatModel model = IftChatModel.builder()
                .engine(ScriptedModel.guessing().engine())
                .temperature(1.0)
                .maxOutputTokens(30)
                .build();

        assertThat(answer(model, 1)).isEqualTo(answer(model, 1)).isNotEqualTo(answer(model, 2));
    }

    @Test
    void samplingParametersReachTheSampler() {
        ChatModel model = IftChatModel.builder()
                .engine(ScriptedModel.guessing().engine())
                .temperature(1.0)
                .maxOutputTokens(1)
                .build();
        ChatRequestParameters minP =
                IftChatRequestParameters.builder().minP(0.99).build();

        // The scripted letter is the most probable by little; each of these leaves nothing else.
        assertThat(model.chat(request().topK(1).build()).aiMessage().text()).isEqualTo("a");
        assertThat(model.chat(request().topP(1e-9).build()).aiMessage().text()).isEqualTo("a");
        assertThat(model.chat(request().temperature(0.0).build()).aiMessage().text())
                .isEqualTo("a");
        assertThat(model.chat(request().parameters(minP).build()).aiMessage().text())
                .isEqualTo("a");
    }

    static List<ChatRequestParameters> unsupported() {
        return List.of(
                ChatRequestParameters.builder().frequencyPenalty(0.5).build(),
                ChatRequestParameters.builder().presencePenalty(0.5).build());
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void whatIsNotSupportedIsRefusedInRequestsAndInDefaults(ChatRequestParameters parameters) {
        ChatModel model = saying("x");

        assertThatThrownBy(() -> model.chat(request().parameters(parameters).build()))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("not support");
        IftChatModelBuilder builder =
                IftChatModel.builder().engine(ScriptedModel.engine("x")).defaultRequestParameters(parameters);
        assertThatThrownBy(builder::build)
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("not support");
    }

    @Test
    void theRefusalNamesTheParameter() {
        assertThat(unsupported().stream().map(this::refusal))
                .containsExactly(
                        "'frequencyPenalty' parameter is not supported by IFT models",
                        "'presencePenalty' parameter is not supported by IFT models");
    }

    @Test
    void plainTextFormatAndAutomaticToolChoiceAreNoDemands() {
        ChatRequest request = request()
                .responseFormat(ResponseFormat.TEXT)
                .toolChoice(ToolChoice.AUTO)
                .build();

        assertThat(saying("x").chat(request).aiMessage().text()).isEqualTo("x");
    }

    @Test
    void anotherModelNameIsNotFound() {
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> saying("x").chat(request().modelName("banana").build()))
                .withMessageContaining("banana")
                .withMessageContaining(ScriptedModel.NAME);
        assertThat(saying("x")
                        .chat(request().modelName(ScriptedModel.NAME).build())
                        .modelName())
                .isEqualTo(ScriptedModel.NAME);
    }

    @Test
    void aPromptLongerThanTheContextIsInvalid() {
        String tooLong = "x".repeat(ScriptedModel.CONTEXT);

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> saying("x").chat(tooLong))
                .withMessageContaining("1003 tokens")
                .withMessageContaining("holds 1000");
    }

    @Test
    void valuesOutOfRangeAreInvalid() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> saying("x").chat(request().temperature(-1.0).build()))
                .withMessageContaining("temperature must be")
                .withMessageContaining("-1");
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> saying("x").chat(request().maxOutputTokens(0).build()))
                .withMessageContaining("maxNewTokens must be at least 1");
    }

    @Test
    void aModelWithoutTemplateSaysHowToGiveOne() {
        IftEngine engine = IftEngine.of(ScriptedModel.answering(prompt -> "x").textModel(Optional.empty()));
        ChatModel model = IftChatModel.builder().engine(engine).build();

        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> model.chat("Hi"))
                .withMessageContaining("no chat template")
                .withMessageContaining("IftEngine.builder().chatTemplate(");
    }

    @Test
    void aConversationThatTheTemplateRefusesIsInvalid() {
        IftEngine engine = IftEngine.of(ScriptedModel.answering(prompt -> "x")
                .textModel(Optional.of("{{ raise_exception('roles must alternate') }}")));
        ChatModel model = IftChatModel.builder().engine(engine).build();

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model.chat("Hi"))
                .withMessageContaining("roles must alternate");
    }

    @Test
    void aModelNeedsAnEngine() {
        assertThatNullPointerException()
                .isThrownBy(() -> IftChatModel.builder().build())
                .withMessageContaining("engine must be set");
    }

    @Test
    void aClosedEngineRefusesRequests() {
        IftEngine engine = ScriptedModel.engine("x");
        ChatModel model = IftChatModel.builder().engine(engine).build();
        engine.close();

        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> model.chat("Hi"))
                .withMessageContaining("closed");
    }

    @Test
    void interruptingTheThreadBreaksTheAnswerOff() {
        ChatModel model = model(ScriptedModel.answering(prompt -> {
            Thread.currentThread().interrupt();
            return "Hello";
        }));

        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> model.chat("Hi"))
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void concurrentChatsGetTheirOwnAnswers() throws Exception {
        ScriptedModel scripted = ScriptedModel.answering(prompt -> "You said " + prompt);
        ChatModel model = model(scripted);
        List<Future<List<String>>> answers = new ArrayList<>();

        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int thread = 0; thread < 8; thread++) {
                String name = "thread " + thread;
                answers.add(threads.submit(() -> {
                    List<String> mine = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        mine.add(model.chat(name + " request " + i));
                    }
                    return mine;
                }));
            }
        }

        for (int thread = 0; thread < 8; thread++) {
            for (int i = 0; i < 20; i++) {
                assertThat(answers.get(thread).get().get(i)).contains("thread " + thread + " request " + i);
            }
        }
        assertThat(scripted.openContexts()).isZero();
    }

    @Test
    void itCanBeSpiedAndNamesItsProviderAndCapabilities() {
        IftChatModel model = spy(saying("Hello!"));
        ChatMessage message = UserMessage.from("Hi");

        assertThat(model.chat(message).aiMessage().text()).isEqualTo("Hello!");

        verify(model)
                .doChat(ChatRequest.builder()
                        .messages(message)
                        .parameters(model.defaultRequestParameters())
                        .build());
        assertThat(model.provider()).isEqualTo(ModelProvider.OTHER);
        assertThat(model.supportedCapabilities()).containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    private String refusal(ChatRequestParameters parameters) {
        try {
            saying("x").chat(request().parameters(parameters).build());
            return "none";
        } catch (UnsupportedFeatureException e) {
            return e.getMessage();
        }
    }

    private static String answer(ChatModel model, long seed) {
        ChatRequestParameters parameters =
                IftChatRequestParameters.builder().seed(seed).build();
        return model.chat(request().parameters(parameters).build()).aiMessage().text();
    }

    private static ChatRequest.Builder request() {
        return ChatRequest.builder().messages(UserMessage.from("Hi"));
    }

    private static IftChatModel saying(String answer) {
        return model(ScriptedModel.answering(prompt -> answer));
    }

    private static IftChatModel model(ScriptedModel scripted) {
        return IftChatModel.builder().engine(scripted.engine()).build();
    }
}

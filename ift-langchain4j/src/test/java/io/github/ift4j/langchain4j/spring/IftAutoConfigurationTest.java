package io.github.ift4j.langchain4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.language.LanguageModel;
import dev.langchain4j.model.language.StreamingLanguageModel;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftChatRequestParameters;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class IftAutoConfigurationTest {
    private static final String GOLDEN = "../ift-jlama/src/test/resources/golden/llama/model";

    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(IftAutoConfiguration.class));

    private final ApplicationContextRunner withModel =
            application.withPropertyValues("langchain4j.ift.model-path=" + GOLDEN);

    @Test
    void withoutAModelPathThereIsNothing() {
        application.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(IftEngine.class)
                .doesNotHaveBean(ChatModel.class));
    }

    @Test
    void theModelsOfOneEngineAnswerTheSame() {
        withModel
                .withPropertyValues("langchain4j.ift.parameters.max-output-tokens=5")
                .run(context -> {
                    assertThat(context).hasSingleBean(IftEngine.class);
                    ChatResponse response = context.getBean(ChatModel.class).chat(UserMessage.from("Hi"));
                    String streamed = StreamedText.of(context.getBean(StreamingChatModel.class), "Hi");

                    assertThat(response.modelName()).isEqualTo("model");
                    assertThat(response.tokenUsage().outputTokenCount()).isBetween(1, 5);
                    assertThat(streamed).isEqualTo(response.aiMessage().text());
                });
    }

    @Test
    void everyPropertyReachesItsPlace() {
        withModel
                .withPropertyValues(
                        "langchain4j.ift.model-name=tiny",
                        "langchain4j.ift.draft-model-path=" + GOLDEN,
                        "langchain4j.ift.max-concurrent-requests=3",
                        "langchain4j.ift.max-queued-requests=4",
                        "langchain4j.ift.idle-context-size=1MB",
                        "langchain4j.ift.timeout=30s",
                        "langchain4j.ift.parameters.temperature=0.5",
                        "langchain4j.ift.parameters.top-p=0.9",
                        "langchain4j.ift.parameters.top-k=7",
                        "langchain4j.ift.parameters.min-p=0.01",
                        "langchain4j.ift.parameters.repetition-penalty=1.1",
                        "langchain4j.ift.parameters.seed=42",
                        "langchain4j.ift.parameters.max-output-tokens=9",
                        "langchain4j.ift.parameters.stop-sequences=one,two")
                .run(context -> {
                    IftChatRequestParameters expected = IftChatRequestParameters.builder()
                            .modelName("tiny")
                            .temperature(0.5)
                            .topP(0.9)
                            .topK(7)
                            .minP(0.01)
                            .repetitionPenalty(1.1)
                            .seed(42L)
                            .maxOutputTokens(9)
                            .stopSequences(List.of("one", "two"))
                            .timeout(Duration.ofSeconds(30))
                            .build();
                    assertThat(context.getBean(IftChatModel.class).defaultRequestParameters())
                            .isEqualTo(expected);
                    assertThat(context.getBean(IftStreamingChatModel.class).defaultRequestParameters())
                            .isEqualTo(expected);
                });
    }

    @Test
    void eachModelCanBeSwitchedOff() {
        Map<String, Class<?>> models = Map.of(
                "chat-model", ChatModel.class,
                "streaming-chat-model", StreamingChatModel.class,
                "language-model", LanguageModel.class,
                "streaming-language-model", StreamingLanguageModel.class,
                "embedding-model", EmbeddingModel.class,
                "token-count-estimator", TokenCountEstimator.class);
        models.forEach((off, type) -> withModel
                .withPropertyValues("langchain4j.ift." + off + ".enabled=false")
                .run(context -> models.forEach((name, other) ->
                        assertThat(context.getBeansOfType(other)).as(name).hasSize(other == type ? 0 : 1))));
    }

    @Test
    void theOtherModelsWorkToo() {
        withModel
                .withPropertyValues(
                        "langchain4j.ift.parameters.max-output-tokens=3",
                        "langchain4j.ift.embedding-model.pooling=last-token",
                        "langchain4j.ift.embedding-model.truncate=true")
                .run(context -> {
                    EmbeddingModel embedding = context.getBean(EmbeddingModel.class);
                    assertThat(context.getBean(LanguageModel.class)
                                    .generate("Hi")
                                    .tokenUsage()
                                    .outputTokenCount())
                            .isBetween(1, 3);
                    assertThat(embedding.embed("a cat".repeat(100)).content().dimension())
                            .isEqualTo(embedding.dimension());
                    assertThat(context.getBean(TokenCountEstimator.class).estimateTokenCountInText("Hi"))
                            .isEqualTo(2);
                });
    }

    @Test
    void adaptersAreLoadedUnderTheirNames(@TempDir Path directory) {
        Path adapter = untrainedAdapter(directory.resolve("formal"));
        application
                .withPropertyValues(
                        "langchain4j.ift.model-path=" + GOLDEN,
                        "langchain4j.ift.adapters.formal=" + adapter,
                        "langchain4j.ift.parameters.max-output-tokens=3")
                .run(context -> assertThat(context.getBean(ChatModel.class)
                                .chat(ChatRequest.builder()
                                        .messages(UserMessage.from("Hi"))
                                        .modelName("formal")
                                        .build())
                                .modelName())
                        .isEqualTo("formal"));
    }

    @Test
    void beansOfTheApplicationTakePrecedence() {
        withModel
                .withUserConfiguration(OwnModel.class)
                .run(context -> assertThat(context.getBean(ChatModel.class)).isSameAs(OwnModel.MODEL));
    }

    @Test
    void listenersOfTheApplicationHearBothModels() {
        withModel
                .withUserConfiguration(Listening.class)
                .withPropertyValues("langchain4j.ift.parameters.max-output-tokens=1")
                .run(context -> {
                    context.getBean(ChatModel.class).chat("Hi");
                    StreamedText.of(context.getBean(StreamingChatModel.class), "Hi");

                    assertThat(context.getBean(Listening.Ear.class).heard).hasSize(2);
                });
    }

    @Test
    void theEngineIsClosedWithTheContext() {
        List<ChatModel> models = new ArrayList<>();

        withModel.run(context -> models.add(context.getBean(ChatModel.class)));

        assertThatThrownBy(() -> models.getFirst().chat("Hi")).hasMessageContaining("closed");
    }

    @Test
    void aModelThatCannotBeLoadedIsExplained(@TempDir Path empty) {
        application.withPropertyValues("langchain4j.ift.model-path=" + empty).run(context -> {
            assertThat(context).hasFailed();
            Throwable failure = context.getStartupFailure();
            assertThat(failure).rootCause().hasMessageContaining(empty.toString());
            assertThat(new ModelLoadingFailureAnalyzer().analyze(failure)).satisfies(analysis -> {
                assertThat(analysis.getDescription())
                        .contains("langchain4j.ift.model-path=" + empty)
                        .contains("there is no such file");
                assertThat(analysis.getAction()).contains("application.properties");
            });
        });
    }

    private static Path untrainedAdapter(Path directory) {
        PeftConfig config = PeftConfig.of(2, 4, new PeftTargets.AllLinear());
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.adapt(Path.of(GOLDEN), config, 1, workers)) {
            PeftWriter.plain().write(directory, policy.adapter().orElseThrow());
        }
        return directory;
    }

    @Configuration
    static class OwnModel {
        static final ChatModel MODEL = new ChatModel() {};

        @Bean
        ChatModel ownModel() {
            return MODEL;
        }
    }

    @Configuration
    static class Listening {
        @Bean
        Ear ear() {
            return new Ear();
        }

        static final class Ear implements ChatModelListener {
            private final List<ChatResponse> heard = new ArrayList<>();

            @Override
            public synchronized void onResponse(ChatModelResponseContext context) {
                heard.add(context.chatResponse());
            }
        }
    }
}

package io.github.ift4j.langchain4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class GenAiMetersTest {
    private static final String GOLDEN = "../ift-jlama/src/test/resources/golden/llama/model";
    private static IftEngine engine;

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final List<ChatModelListener> listeners = List.of(new GenAiMeters(registry));

    @BeforeAll
    static void load() {
        engine = IftEngine.load(Path.of(GOLDEN));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void tokensAndTimeOfAnAnswerAreCounted() {
        ChatResponse response = model("model").chat(UserMessage.from("Hi"));

        assertThat(tokens("input").totalAmount())
                .isEqualTo(response.tokenUsage().inputTokenCount().doubleValue());
        assertThat(tokens("output").totalAmount())
                .isEqualTo(response.tokenUsage().outputTokenCount().doubleValue());
        Timer duration = registry.get("gen_ai.client.operation.duration")
                .tag("gen_ai.operation.name", "chat")
                .tag("gen_ai.provider.name", "ift")
                .tag("gen_ai.request.model", "model")
                .tag("gen_ai.response.model", "model")
                .tag("error.type", "none")
                .timer();
        assertThat(duration.count()).isEqualTo(1);
        assertThat(duration.totalTime(TimeUnit.NANOSECONDS)).isPositive();
    }

    @Test
    void theBucketsAreThoseOfTheConventions() {
        model("model").chat("Hi");

        assertThat(tokens("input").takeSnapshot().histogramCounts())
                .extracting(bucket -> bucket.bucket())
                .startsWith(1.0, 4.0, 16.0)
                .endsWith(67108864.0)
                .hasSize(14);
        assertThat(registry.get("gen_ai.client.operation.duration")
                        .timer()
                        .takeSnapshot()
                        .histogramCounts())
                .extracting(bucket -> bucket.bucket(TimeUnit.MILLISECONDS))
                .startsWith(10.0, 20.0, 40.0)
                .endsWith(81920.0)
                .hasSize(14);
    }

    @Test
    void aFailureIsTimedUnderItsClassAndCountsNoTokens() {
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> model("banana").chat("Hi"));

        assertThat(registry.get("gen_ai.client.operation.duration")
                        .tag("gen_ai.request.model", "banana")
                        .tag("error.type", ModelNotFoundException.class.getName())
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.find("gen_ai.client.token.usage").meter()).isNull();
    }

    @Test
    void aStreamWhoseHandlerThrowsIsTimedOnce() throws Exception {
        StreamingChatModel streaming = IftStreamingChatModel.builder()
                .engine(engine)
                .maxOutputTokens(5)
                .listeners(listeners)
                .build();
        CountDownLatch complete = new CountDownLatch(1);

        streaming.chat("Hi", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String partial) {
                throw new IllegalStateException("from user code");
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                complete.countDown();
            }

            @Override
            public void onError(Throwable error) {}
        });

        assertThat(complete.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(registry.find("gen_ai.client.operation.duration").timers())
                .singleElement()
                .satisfies(timer -> {
                    assertThat(timer.count()).isEqualTo(1);
                    assertThat(timer.getId().getTag("error.type")).isEqualTo(IllegalStateException.class.getName());
                });
        assertThat(tokens("output").totalAmount()).isPositive();
    }

    @Test
    void anApplicationWithARegistryHasTheMeters() {
        ApplicationContextRunner application = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(IftAutoConfiguration.class, IftMetricsAutoConfiguration.class))
                .withPropertyValues(
                        "langchain4j.ift.model-path=" + GOLDEN, "langchain4j.ift.parameters.max-output-tokens=2");

        application.withBean(MeterRegistry.class, () -> registry).run(context -> {
            context.getBean(IftChatModel.class).chat("Hi");
            assertThat(context.getBeansOfType(MeterBinder.class)).hasSize(1);
        });
        assertThat(tokens("output").totalAmount()).isPositive();

        application.run(context -> assertThat(context).doesNotHaveBean(ChatModelListener.class));
    }

    private IftChatModel model(String name) {
        return IftChatModel.builder()
                .engine(engine)
                .modelName(name)
                .maxOutputTokens(3)
                .listeners(listeners)
                .build();
    }

    private DistributionSummary tokens(String type) {
        return registry.get("gen_ai.client.token.usage")
                .tag("gen_ai.token.type", type)
                .tag("gen_ai.operation.name", "chat")
                .tag("gen_ai.provider.name", "ift")
                .summary();
    }
}

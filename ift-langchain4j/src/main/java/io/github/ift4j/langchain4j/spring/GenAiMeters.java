package io.github.ift4j.langchain4j.spring;

import com.google.common.base.CaseFormat;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Counts tokens and times answers of chat models, under the names, tags and bucket limits of OpenTelemetry's semantic conventions for
 * generative AI, 1.39: {@code gen_ai.client.token.usage} and {@code gen_ai.client.operation.duration}.
 *
 * <p>Of an answer whose handler threw, the time of the first error counts, with its class as {@code error.type}; its tokens count when
 * it is complete.
 */
public final class GenAiMeters implements ChatModelListener {
    /** Tokens read ({@code gen_ai.token.type} input) and written (output) by a request. */
    public static final String TOKEN_USAGE = "gen_ai.client.token.usage";

    /** From request to complete answer or first error. */
    public static final String OPERATION_DURATION = "gen_ai.client.operation.duration";

    /** What {@code gen_ai.provider.name} calls the models of this project, which LangChain4j counts among the others. */
    public static final String PROVIDER = "ift";

    /** 1, 4, 16, … 4^13. */
    private static final double[] TOKEN_BUCKETS =
            IntStream.range(0, 14).mapToDouble(power -> Math.pow(4, power)).toArray();

    /** 0.01, 0.02, 0.04, … 81.92 s. */
    private static final Duration[] DURATION_BUCKETS = DoubleStream.iterate(10, millis -> millis * 2)
            .limit(14)
            .mapToObj(millis -> Duration.ofMillis((long) millis))
            .toArray(Duration[]::new);

    private static final String START = GenAiMeters.class.getName() + ".start";

    private final MeterRegistry registry;

    /** Meters of the registry. */
    public GenAiMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void onRequest(ChatModelRequestContext context) {
        context.attributes().put(START, Timer.start(registry));
    }

    @Override
    public void onResponse(ChatModelResponseContext context) {
        ChatResponse response = context.chatResponse();
        Tags tags = tags(context.modelProvider(), context.chatRequest());
        if (response.modelName() != null) {
            tags = tags.and("gen_ai.response.model", response.modelName());
        }
        TokenUsage usage = response.tokenUsage();
        if (usage != null) {
            count(usage.inputTokenCount(), tags.and("gen_ai.token.type", "input"));
            count(usage.outputTokenCount(), tags.and("gen_ai.token.type", "output"));
        }
        time(context.attributes(), tags.and("error.type", "none"));
    }

    @Override
    public void onError(ChatModelErrorContext context) {
        Tags tags = tags(context.modelProvider(), context.chatRequest())
                .and("gen_ai.response.model", "none")
                .and("error.type", context.error().getClass().getName());
        time(context.attributes(), tags);
    }

    private void count(Integer tokens, Tags tags) {
        if (tokens != null) {
            DistributionSummary.builder(TOKEN_USAGE)
                    .description("Tokens that requests read and write")
                    .baseUnit("token")
                    .tags(tags)
                    .serviceLevelObjectives(TOKEN_BUCKETS)
                    .register(registry)
                    .record(tokens);
        }
    }

    private void time(Map<Object, Object> attributes, Iterable<Tag> tags) {
        if (attributes.remove(START) instanceof Timer.Sample sample) {
            sample.stop(Timer.builder(OPERATION_DURATION)
                    .description("Time from request to complete answer")
                    .tags(tags)
                    .serviceLevelObjectives(DURATION_BUCKETS)
                    .register(registry));
        }
    }

    private static Tags tags(ModelProvider provider, ChatRequest request) {
        String model = request.modelName();
        return Tags.of(
                "gen_ai.operation.name",
                "chat",
                "gen_ai.provider.name",
                name(provider),
                "gen_ai.request.model",
                model == null ? "none" : model);
    }

    private static String name(ModelProvider provider) {
        return provider == null || provider == ModelProvider.OTHER
                ? PROVIDER
                : CaseFormat.UPPER_UNDERSCORE.to(CaseFormat.LOWER_UNDERSCORE, provider.name());
    }
}

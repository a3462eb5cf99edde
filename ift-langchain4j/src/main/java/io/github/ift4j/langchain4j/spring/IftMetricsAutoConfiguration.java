package io.github.ift4j.langchain4j.spring;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.github.ift4j.langchain4j.IftEngine;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * Meters of the models and their engine, where there is a {@link MeterRegistry}; {@code langchain4j.ift.metrics.enabled=false}
 * does without.
 */
@AutoConfiguration(
        after = IftAutoConfiguration.class,
        afterName = "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({IftEngine.class, MeterRegistry.class})
@ConditionalOnProperty(
        prefix = "langchain4j.ift.metrics",
        name = "enabled",
        havingValue = "true",
        matchIfMissing = true)
public class IftMetricsAutoConfiguration {
    /** Tokens and durations of chats, of other providers' too; unless LangChain4j's own listener counts them. */
    @Bean
    @ConditionalOnMissingBean(
            value = GenAiMeters.class,
            type = "dev.langchain4j.micrometer.metrics.listeners.MicrometerMetricsChatModelListener")
    ChatModelListener iftGenAiMeters(MeterRegistry registry) {
        return new GenAiMeters(registry);
    }

    /** How busy the engine is. */
    @Bean
    MeterBinder iftEngineMeters(IftEngine engine) {
        return new EngineMeters(engine);
    }
}

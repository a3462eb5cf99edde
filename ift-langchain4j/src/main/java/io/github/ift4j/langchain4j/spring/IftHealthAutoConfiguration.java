package io.github.ift4j.langchain4j.spring;

import io.github.ift4j.langchain4j.IftEngine;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Health of the engine as {@code ift}, where Spring's actuator is there; {@code management.health.ift.enabled=false} does without. */
@AutoConfiguration(after = IftAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(IftEngine.class)
@ConditionalOnEnabledHealthIndicator("ift")
public class IftHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "iftHealthIndicator")
    HealthIndicator iftHealthIndicator(IftEngine engine) {
        return new IftHealthIndicator(engine);
    }
}

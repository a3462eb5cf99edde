package io.github.ift4j.langchain4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.ChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthComponent;
import org.springframework.boot.actuate.health.HealthEndpoint;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A Spring Boot application as users write it: nothing but properties. */
class SpringApplicationTest {
    private static final String GOLDEN = "../ift-jlama/src/test/resources/golden/llama/model";

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}

    @Test
    void anApplicationChatsIsHealthyAndCounts() {
        try (ConfigurableApplicationContext context = start("--management.endpoint.health.show-details=always")) {
            String answer = context.getBean(ChatModel.class).chat("Hi");

            assertThat(answer).isNotNull();
            HealthComponent health = context.getBean(HealthEndpoint.class).healthForPath("ift");
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(((Health) health).getDetails()).containsAllEntriesOf(Map.of("model", "model", "waiting", 0));
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            assertThat(registry.get("gen_ai.client.token.usage").summaries()).hasSize(2);
            assertThat(registry.get("gen_ai.client.operation.duration").timer().count())
                    .isEqualTo(1);
            assertThat(registry.get("ift.engine.requests.waiting").gauge().value())
                    .isZero();
        }
    }

    @Test
    void aClosedEngineIsDown() {
        try (ConfigurableApplicationContext context = start()) {
            context.getBean(IftEngine.class).close();

            assertThat(context.getBean(HealthEndpoint.class).health().getStatus())
                    .isEqualTo(Status.DOWN);
        }
    }

    @Test
    void healthAndMetersCanBeSwitchedOff() {
        try (ConfigurableApplicationContext context =
                start("--management.health.ift.enabled=false", "--langchain4j.ift.metrics.enabled=false")) {
            assertThat(context.containsBean("iftHealthIndicator")).isFalse();
            assertThat(context.getBeanProvider(GenAiMeters.class).stream()).isEmpty();
            assertThat(context.getBean(MeterRegistry.class)
                            .find("ift.engine.requests.waiting")
                            .gauge())
                    .isNull();
        }
    }

    @Test
    void aMissingModelIsToldInTheStartersOwnWay() {
        assertThatThrownBy(() -> start("--langchain4j.ift.model-path=nowhere"))
                .rootCause()
                .hasMessageContaining("nowhere");
    }

    private static ConfigurableApplicationContext start(String... arguments) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .properties("langchain4j.ift.model-path=" + GOLDEN, "langchain4j.ift.parameters.max-output-tokens=3")
                .run(arguments);
    }
}

package io.github.ift4j.samples.web;

import dev.langchain4j.model.TokenCountEstimator;
import io.github.ift4j.langchain4j.IftEngine;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * The web chatbot. The model's beans come from the auto-configuration of {@code langchain4j.ift.model-path}; all else that is
 * configured stands in {@code application.properties}.
 */
@SpringBootApplication
class WebApplication {
    /** Room for the question and the turns before it: what the context has beside an answer. */
    @Bean
    @ConditionalOnProperty("langchain4j.ift.model-path")
    PromptWindow promptWindow(
            TokenCountEstimator estimator,
            IftEngine engine,
            @Value("${langchain4j.ift.parameters.max-output-tokens}") int answer) {
        return new PromptWindow(estimator, engine.contextLength() - answer - 1);
    }
}

package io.github.ift4j.langchain4j.spring;

import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.language.LanguageModel;
import dev.langchain4j.model.language.StreamingLanguageModel;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEmbeddingModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftLanguageModel;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import io.github.ift4j.langchain4j.IftStreamingLanguageModel;
import io.github.ift4j.langchain4j.IftTokenCountEstimator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * One engine and the models over it, each unless the application has one of its own, of any provider, or switches it off. The engine is
 * closed with the application's context, after all that uses it.
 */
@AutoConfiguration
@ConditionalOnProperty(prefix = IftAutoConfiguration.PREFIX, name = "model-path")
@EnableConfigurationProperties(IftProperties.class)
public class IftAutoConfiguration {
    static final String PREFIX = "langchain4j.ift";

    /**
     * The model of {@code langchain4j.ift.model-path}, loaded once, with its adapters.
     *
     * @throws ModelLoadingException when it cannot be
     */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    IftEngine iftEngine(IftProperties properties) {
        try {
            return EngineLoader.load(properties);
        } catch (RuntimeException e) {
            throw new ModelLoadingException(properties.modelPath(), e);
        }
    }

    /** The blocking chat model. */
    @Bean
    @ConditionalOnMissingBean(ChatModel.class)
    @ConditionalOnProperty(name = PREFIX + ".chat-model.enabled", havingValue = "true", matchIfMissing = true)
    IftChatModel iftChatModel(IftEngine engine, IftProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return IftChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.requestParameters())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    /** The streaming chat model. */
    @Bean
    @ConditionalOnMissingBean(StreamingChatModel.class)
    @ConditionalOnProperty(name = PREFIX + ".streaming-chat-model.enabled", havingValue = "true", matchIfMissing = true)
    IftStreamingChatModel iftStreamingChatModel(
            IftEngine engine, IftProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return IftStreamingChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.requestParameters())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    /** The blocking language model. */
    @Bean
    @ConditionalOnMissingBean(LanguageModel.class)
    @ConditionalOnProperty(name = PREFIX + ".language-model.enabled", havingValue = "true", matchIfMissing = true)
    IftLanguageModel iftLanguageModel(IftEngine engine, IftProperties properties) {
        return IftLanguageModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.requestParameters())
                .build();
    }

    /** The streaming language model. */
    @Bean
    @ConditionalOnMissingBean(StreamingLanguageModel.class)
    @ConditionalOnProperty(
            name = PREFIX + ".streaming-language-model.enabled",
            havingValue = "true",
            matchIfMissing = true)
    IftStreamingLanguageModel iftStreamingLanguageModel(IftEngine engine, IftProperties properties) {
        return IftStreamingLanguageModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.requestParameters())
                .build();
    }

    /** The embedding model. */
    @Bean
    @ConditionalOnMissingBean(EmbeddingModel.class)
    @ConditionalOnProperty(name = PREFIX + ".embedding-model.enabled", havingValue = "true", matchIfMissing = true)
    IftEmbeddingModel iftEmbeddingModel(
            IftEngine engine, IftProperties properties, ObjectProvider<EmbeddingModelListener> listeners) {
        return IftEmbeddingModel.builder()
                .engine(engine)
                .pooling(properties.embeddingModel().pooling())
                .normalize(properties.embeddingModel().normalize())
                .truncate(properties.embeddingModel().truncate())
                .timeout(properties.timeout())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    /** The counter of the model's tokens. */
    @Bean
    @ConditionalOnMissingBean(TokenCountEstimator.class)
    @ConditionalOnProperty(
            name = PREFIX + ".token-count-estimator.enabled",
            havingValue = "true",
            matchIfMissing = true)
    IftTokenCountEstimator iftTokenCountEstimator(IftEngine engine) {
        return IftTokenCountEstimator.builder().engine(engine).build();
    }
}

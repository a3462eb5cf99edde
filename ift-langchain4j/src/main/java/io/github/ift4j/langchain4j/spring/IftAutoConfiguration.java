package io.github.ift4j.langchain4j.spring;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * One engine and the models over it, unless the application has its own. The engine is closed with the application's context, after
 * all that uses it.
 */
@AutoConfiguration
@ConditionalOnProperty(prefix = "langchain4j.ift", name = "model-path")
@EnableConfigurationProperties(IftProperties.class)
public class IftAutoConfiguration {
    /**
     * The model of {@code langchain4j.ift.model-path}, loaded once.
     *
     * @throws ModelLoadingException when it cannot be
     */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    IftEngine iftEngine(IftProperties properties) {
        try {
            IftEngine.Builder builder = IftEngine.builder()
                    .modelPath(properties.modelPath())
                    .modelName(properties.modelName())
                    .adapterPath(properties.adapterPath())
                    .draftModelPath(properties.draftModelPath())
                    .chatTemplate(properties.chatTemplate())
                    .maxConcurrentRequests(properties.maxConcurrentRequests());
            if (properties.idleContextSize() != null) {
                builder.idleContextBytes(properties.idleContextSize().toBytes());
            }
            return builder.build();
        } catch (RuntimeException e) {
            throw new ModelLoadingException(properties.modelPath(), e);
        }
    }

    /** The blocking chat model, unless the application has one of any provider. */
    @Bean
    @ConditionalOnMissingBean(ChatModel.class)
    @ConditionalOnProperty(
            prefix = "langchain4j.ift.chat-model",
            name = "enabled",
            havingValue = "true",
            matchIfMissing = true)
    IftChatModel iftChatModel(IftEngine engine, IftProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return IftChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.parameters().toRequestParameters())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    /** The streaming chat model, unless the application has one of any provider. */
    @Bean
    @ConditionalOnMissingBean(StreamingChatModel.class)
    @ConditionalOnProperty(
            prefix = "langchain4j.ift.streaming-chat-model",
            name = "enabled",
            havingValue = "true",
            matchIfMissing = true)
    IftStreamingChatModel iftStreamingChatModel(
            IftEngine engine, IftProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return IftStreamingChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.parameters().toRequestParameters())
                .listeners(listeners.orderedStream().toList())
                .build();
    }
}

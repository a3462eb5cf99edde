package io.github.ift4j.langchain4j.spring;

import io.github.ift4j.langchain4j.IftEngine;

/** Loads the engine that properties describe. */
final class EngineLoader {
    private EngineLoader() {}

    /** The engine with all adapters, or an exception and nothing that is still open. */
    static IftEngine load(IftProperties properties) {
        IftEngine engine = builder(properties).build();
        try {
            properties.adapters().forEach(engine::loadAdapter);
            return engine;
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    private static IftEngine.Builder builder(IftProperties properties) {
        IftEngine.Builder builder = IftEngine.builder()
                .modelPath(properties.modelPath())
                .modelName(properties.modelName())
                .adapterPath(properties.adapterPath())
                .draftModelPath(properties.draftModelPath())
                .chatTemplate(properties.chatTemplate())
                .maxConcurrentRequests(properties.maxConcurrentRequests())
                .maxQueuedRequests(properties.maxQueuedRequests());
        return properties.idleContextSize() == null
                ? builder
                : builder.idleContextBytes(properties.idleContextSize().toBytes());
    }
}

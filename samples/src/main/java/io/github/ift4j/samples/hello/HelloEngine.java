package io.github.ift4j.samples.hello;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.CosineSimilarity;
import io.github.ift4j.jlama.generation.Pooling;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftChatResponseMetadata;
import io.github.ift4j.langchain4j.IftEmbeddingModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftModelCatalog;
import io.github.ift4j.langchain4j.IftTokenCountEstimator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code ift-langchain4j}: many models over one engine. */
public final class HelloEngine {
    private HelloEngine() {}

    /** Arguments: the model's folder, an adapter's folder, a question. */
    public static void main(String[] arguments) {
        Path base = Path.of(arguments[0]);
        System.out.println(swap(base, Path.of(arguments[1]), arguments[2]));
        System.out.println(similarity(base, "the cat", "a cat"));
        System.out.println(remembered(base, 100));
    }

    static String swap(Path base, Path adapter, String question) {
        try (IftEngine engine = IftEngine.builder()
                .modelPath(base)
                .maxConcurrentRequests(8)
                .maxQueuedRequests(100)
                .build()) {
            ChatModel model = IftChatModel.builder()
                    .engine(engine)
                    .temperature(0.0)
                    .maxOutputTokens(60)
                    .timeout(Duration.ofMinutes(1))
                    .build();
            engine.loadAdapter("support", adapter); // again, to replace it while it answers
            ChatResponse response = model.chat(ChatRequest.builder()
                    .messages(UserMessage.from(question))
                    .modelName("support")
                    .build());
            IftChatResponseMetadata metadata = (IftChatResponseMetadata) response.metadata();
            ModelCatalog catalog = IftModelCatalog.builder().engine(engine).build();
            List<String> served =
                    catalog.listModels().stream().map(ModelDescription::name).toList();
            engine.unloadAdapter("support");
            engine.close(Duration.ofSeconds(30)); // lets running answers finish
            return response.aiMessage().text() + " by version " + metadata.adapterVersion() + " of "
                    + metadata.adapter() + ", one of " + served;
        }
    }

    static double similarity(Path directory, String one, String other) {
        try (IftEngine engine = IftEngine.load(directory)) {
            EmbeddingModel model = IftEmbeddingModel.builder()
                    .engine(engine)
                    .pooling(Pooling.MEAN)
                    .truncate(true)
                    .build();
            var vectors = model.embedAll(List.of(TextSegment.from(one), TextSegment.from(other)))
                    .content();
            return CosineSimilarity.between(vectors.get(0), vectors.get(1));
        }
    }

    static int remembered(Path directory, int tokens) {
        try (IftEngine engine = IftEngine.load(directory)) {
            ChatMemory memory = TokenWindowChatMemory.withMaxTokens(
                    tokens, IftTokenCountEstimator.builder().engine(engine).build());
            for (int i = 0; i < 100; i++) {
                memory.add(UserMessage.from("message " + i));
            }
            return memory.messages().size();
        }
    }
}

package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.jlama.generation.ModelVersion;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdaptersTest {
    @TempDir
    Path folder;

    private IftEngine engine;
    private IftChatModel model;

    @BeforeEach
    void load() {
        engine = IftEngine.load(TinyModels.BASE);
        model = IftChatModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(20)
                .build();
    }

    @AfterEach
    void release() {
        engine.close();
    }

    @Test
    void aRequestChoosesItsAdapterByModelNameOrByParameter() {
        Path polite = TinyModels.adapter(folder.resolve("polite"), 1);
        engine.loadAdapter("polite", polite);
        String expected;
        try (IftEngine alone = IftEngine.builder()
                .modelPath(TinyModels.BASE)
                .adapterPath(polite)
                .build()) {
            expected = IftChatModel.builder()
                    .engine(alone)
                    .temperature(0.0)
                    .maxOutputTokens(20)
                    .build()
                    .chat("Hi");
        }

        ChatResponse byName =
                chat(ChatRequestParameters.builder().modelName("polite").build());
        ChatResponse byParameter =
                chat(IftChatRequestParameters.builder().adapter("polite").build());
        ChatResponse plain = chat(ChatRequestParameters.builder().build());

        assertThat(byName.aiMessage().text()).isEqualTo(expected);
        assertThat(byParameter.aiMessage().text()).isEqualTo(expected);
        assertThat(plain.aiMessage().text()).isNotEqualTo(expected);
        assertThat(byName.metadata().modelName()).isEqualTo("polite");
        assertThat(byParameter.metadata().modelName()).isEqualTo("polite");
        assertThat(plain.metadata().modelName()).isEqualTo("model");
    }

    @Test
    void aModelMayBeBuiltForAnAdapterAndItsRequestsForOthers() {
        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("polite"), 1));
        IftChatModel polite = IftChatModel.builder()
                .engine(engine)
                .adapter("polite")
                .temperature(0.0)
                .maxOutputTokens(5)
                .build();

        assertThat(polite.chat(UserMessage.from("Hi")).metadata().modelName()).isEqualTo("polite");
        ChatRequest base = ChatRequest.builder()
                .messages(UserMessage.from("Hi"))
                .modelName("model")
                .build();
        assertThat(polite.chat(base).metadata().modelName()).isEqualTo("model");
    }

    @Test
    void theMetadataSaysWhichWeightsAnsweredAndHow() {
        ModelVersion version = engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("polite"), 1));
        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("newer"), 2));

        IftChatResponseMetadata adapted = metadata("polite");
        IftChatResponseMetadata base = metadata("model");

        assertThat(adapted.adapter()).isEqualTo("polite");
        assertThat(adapted.adapterVersion()).isEqualTo(2);
        assertThat(adapted.modelVersion())
                .hasSize(64)
                .isEqualTo(engine.adapters().getFirst().version().sha256().orElseThrow())
                .isNotEqualTo(version.sha256().orElseThrow());
        assertThat(base.adapter()).isNull();
        assertThat(base.adapterVersion()).isNull();
        assertThat(base.modelVersion())
                .isEqualTo(engine.textModel().version().sha256().orElseThrow());
        assertThat(base.reusedTokens()).isNotNegative();
        assertThat(base.draftedTokens()).isZero();
        assertThat(base.acceptedTokens()).isZero();
        assertThat(base.promptTime()).isPositive();
        assertThat(base.generationTime()).isPositive();
        assertThat(base.toBuilder().build()).isEqualTo(base).hasSameHashCodeAs(base);
        assertThat(base.toBuilder().modelName("other").build()).isNotEqualTo(base);
        assertThat(adapted.toString()).contains("adapter=polite", "adapterVersion=2");
    }

    private IftChatResponseMetadata metadata(String name) {
        return (IftChatResponseMetadata)
                chat(ChatRequestParameters.builder().modelName(name).build()).metadata();
    }

    @Test
    void anAnswerUnderWayEndsOnTheVersionThatItBeganWith() throws Exception {
        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("old"), 1));
        String old = text("polite");
        HeldRecorder recorder = new HeldRecorder();
        IftStreamingChatModel.builder()
                .engine(engine)
                .adapter("polite")
                .temperature(0.0)
                .maxOutputTokens(20)
                .build()
                .chat("Hi", recorder);
        recorder.awaitWriting();

        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("new"), 2));
        String swappedIn = text("polite");
        recorder.letGo().await();

        assertThat(recorder.text()).isEqualTo(old).isNotEqualTo(swappedIn);
        assertThat(((IftChatResponseMetadata) recorder.responses.getFirst().metadata()).adapterVersion())
                .isOne();
    }

    @Test
    void anAdapterThatIsRemovedInUseEndsItsAnswerAndThenIsUnknown() throws Exception {
        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("old"), 1));
        String expected = text("polite");
        HeldRecorder recorder = new HeldRecorder();
        IftStreamingChatModel streaming = IftStreamingChatModel.builder()
                .engine(engine)
                .adapter("polite")
                .temperature(0.0)
                .maxOutputTokens(20)
                .build();
        streaming.chat("Hi", recorder);
        recorder.awaitWriting();

        engine.unloadAdapter("polite");

        assertThat(recorder.letGo().await().text()).isEqualTo(expected);
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> text("polite"))
                .withMessage("there is no model named 'polite' in this engine; it serves 'model'");
        StreamRecorder after = new StreamRecorder();
        streaming.chat("Hi", after);
        assertThat(after.await().errors.getFirst()).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void whatIsNotThereIsNamed() {
        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("polite"), 1));

        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> engine.unloadAdapter("rude"))
                .withMessage("there is no model named 'rude' in this engine; it serves 'model', 'polite'");
        try (IftEngine scripted = ScriptedModel.engine("ok")) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> scripted.loadAdapter("polite", folder.resolve("polite")))
                    .withMessageContaining("cannot take adapters");
        }
    }

    @Test
    void aClosedEngineSaysSo() {
        engine.close();
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> text("model"))
                .withMessageContaining("closed");
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> text("polite"))
                .withMessageContaining("closed");
    }

    @Test
    void theCatalogListsTheModelAndItsAdapters() {
        IftModelCatalog catalog = IftModelCatalog.builder().engine(engine).build();
        assertThat(names(catalog)).containsExactly("model");
        engine.loadAdapter("polite", TinyModels.adapter(folder.resolve("polite"), 1));

        List<ModelDescription> models = catalog.listModels();

        assertThat(names(catalog)).containsExactly("model", "polite");
        assertThat(models).allSatisfy(described -> {
            assertThat(described.provider()).isEqualTo(ModelProvider.OTHER);
            assertThat(described.maxInputTokens()).isEqualTo(64);
        });
        assertThat(models.getLast().description()).startsWith("version 1 of an adapter of 'model', SHA-256 ");
        engine.unloadAdapter("polite");
        assertThat(names(catalog)).containsExactly("model");
    }

    private static List<String> names(IftModelCatalog catalog) {
        return catalog.listModels().stream().map(ModelDescription::name).toList();
    }

    private String text(String name) {
        return chat(ChatRequestParameters.builder().modelName(name).build())
                .aiMessage()
                .text();
    }

    private ChatResponse chat(ChatRequestParameters parameters) {
        return model.chat(ChatRequest.builder()
                .messages(UserMessage.from("Hi"))
                .parameters(parameters)
                .build());
    }
}

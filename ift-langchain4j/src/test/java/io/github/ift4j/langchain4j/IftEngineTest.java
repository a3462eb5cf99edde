package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.hub.HubException;
import io.github.ift4j.jlama.hub.ModelHub;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IftEngineTest {
    private static final Path GOLDEN = Path.of("../ift-jlama/src/test/resources/golden/llama/model");

    @Test
    void loadsADirectoryUnderItsNameOrAnother() {
        try (IftEngine engine = IftEngine.load(GOLDEN);
                IftEngine named = IftEngine.builder()
                        .modelPath(GOLDEN)
                        .modelName("tiny")
                        .maxConcurrentRequests(2)
                        .build()) {
            assertThat(engine.modelName()).isEqualTo("model");
            assertThat(engine.contextLength()).isEqualTo(64);
            assertThat(named.modelName()).isEqualTo("tiny");
        }
    }

    @Test
    void aLoadedModelChatsAndStreamsTheSame() throws Exception {
        try (IftEngine engine = IftEngine.load(GOLDEN)) {
            StreamRecorder recorder = new StreamRecorder();

            ChatResponse response = IftChatModel.builder()
                    .engine(engine)
                    .maxOutputTokens(20)
                    .build()
                    .chat(UserMessage.from("Hi"));
            IftStreamingChatModel.builder()
                    .engine(engine)
                    .maxOutputTokens(20)
                    .build()
                    .chat("Hi", recorder);
            recorder.await();

            // <|bos|> <|user|> H i <|end|> <|assistant|>
            assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(6);
            assertThat(response.tokenUsage().outputTokenCount()).isBetween(1, 20);
            assertThat(recorder.text()).isEqualTo(response.aiMessage().text());
            assertThat(recorder.responses.getFirst().tokenUsage()).isEqualTo(response.tokenUsage());
        }
    }

    @Test
    void aDraftAndNoMemoryForIdleContextsChangeNoAnswer() {
        try (IftEngine plain = IftEngine.load(GOLDEN);
                IftEngine drafted = IftEngine.builder()
                        .modelPath(GOLDEN)
                        .draftModelPath(GOLDEN)
                        .idleContextBytes(0L)
                        .build()) {
            GenerationRequest request = plain.textModel()
                    .textRequest("the cat sat on the mat and the dog sat on the cat")
                    .withMaxNewTokens(8);
            GenerationResult expected = plain.textModel().generate(request);

            for (int time = 0; time < 2; time++) {
                GenerationResult result = drafted.textModel().generate(request);
                assertThat(result.tokens()).isEqualTo(expected.tokens());
                assertThat(result.acceptedTokens()).isPositive();
                assertThat(result.reusedTokens()).isZero();
            }
            assertThat(plain.textModel().generate(request).reusedTokens()).isPositive();
            assertThat(expected.draftedTokens()).isZero();
        }
    }

    @Test
    void aTemplateOfItsOwnTakesPrecedence(@TempDir Path directory) throws IOException {
        Path template = Files.writeString(directory.resolve("plain.jinja"), "{{ messages[0].content }}");
        try (IftEngine engine =
                IftEngine.builder().modelPath(GOLDEN).chatTemplate(template).build()) {
            ChatResponse response = IftChatModel.builder()
                    .engine(engine)
                    .maxOutputTokens(1)
                    .build()
                    .chat(UserMessage.from("Hi"));

            assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(2);
        }
    }

    @Test
    void aModelOfTheHubIsReadFromDiskAndNothingIsAskedOfTheNetwork(@TempDir Path folder) throws IOException {
        // Nobody listens there: a request would fail with another exception.
        ModelHub hub = new ModelHub(URI.create("http://127.0.0.1:1/"), folder, Optional.empty());
        IftEngine.Builder builder = IftEngine.builder().hub(hub).hubModel("owner/tiny");
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(builder::build)
                .withMessage(
                        "the model 'owner/tiny' is not on disk; fetch it once with IftEngine.builder().download(true)");
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> builder.download(true).build());

        Path model = Files.createDirectories(folder.resolve("owner/tiny"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(GOLDEN.resolve(name), model.resolve(name));
        }
        Files.writeString(model.resolve(".complete"), "");

        try (IftEngine engine = builder.download(true).build()) {
            assertThat(engine.modelName()).isEqualTo("tiny");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.modelPath(GOLDEN).build())
                .withMessage("set modelPath or hubModel, not both");
    }

    @Test
    void whatCannotBeLoadedIsNamed(@TempDir Path empty) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> IftEngine.load(empty))
                .withMessageContaining(empty.toString());
        assertThatNullPointerException()
                .isThrownBy(() -> IftEngine.builder().build())
                .withMessageContaining("modelPath must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IftEngine.builder()
                        .modelPath(GOLDEN)
                        .maxConcurrentRequests(0)
                        .build())
                .withMessageContaining("maxConcurrentRequests must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IftEngine.builder()
                        .modelPath(GOLDEN)
                        .idleContextBytes(-1L)
                        .build())
                .withMessageContaining("idleContextBytes must be at least 0");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> IftEngine.builder()
                        .modelPath(GOLDEN)
                        .draftModelPath(empty)
                        .build())
                .withMessageContaining(empty.toString());
    }

    @Test
    void aJvmWithoutTheVectorApiIsToldTheFlag() throws Exception {
        assertThat(probe()).contains("add the flag --add-modules jdk.incubator.vector");
        assertThat(probe("--add-modules", "jdk.incubator.vector")).contains("loaded model");
    }

    private static String probe(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(flags));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), EngineProbe.class.getName(), GOLDEN.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}

package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.ToolGrammar;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.tools.ToolCallFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Marks of tool calls that are special tokens, as Mistral's are. */
class ToolMarksTest {
    private static final String TEMPLATE = "{% for m in messages %}<|user|>{{ m.content }}{% endfor %}"
            + "{% if tools %}{{ tools | tojson }}{% endif %}<|assistant|>{# [TOOL_CALLS] #}";
    private static final String CALL = "[TOOL_CALLS][{\"name\": \"f\", \"arguments\": {}}]";

    @TempDir
    private Path directory;

    @Test
    void theyBelongToTheTextOnlyWhereTheyAreAskedFor() throws IOException {
        try (ModelText text = text()) {
            TextModel model = GoldenText.saying("Hm. " + CALL, text);
            GenerationRequest request = model.chatRequest(List.of(Message.of("user", "Hi")));

            assertThat(model.toolTemplate().orElseThrow().format()).isEqualTo(ToolCallFormat.MISTRAL);
            assertThat(model.toolMarks()).hasSize(1).containsValue("[TOOL_CALLS]");
            assertThat(model.generate(request).text()).isEqualTo("Hm. " + CALL.substring("[TOOL_CALLS]".length()));
            assertThat(model.generate(request.withShownTokens(model.toolMarks().keySet()))
                            .text())
                    .isEqualTo("Hm. " + CALL);
        }
    }

    @Test
    void aGuidedCallBeginsWithTheMarkAsAToken() throws IOException {
        try (ModelText text = text()) {
            TextModel model = GoldenText.saying(CALL, text);
            Grammar calls = ToolGrammar.calls(ToolCallFormat.MISTRAL, Map.of("f", "{\"type\": \"object\"}"), true);
            GenerationRequest request = model.chatRequest(List.of(Message.of("user", "Hi")))
                    .withShownTokens(model.toolMarks().keySet())
                    .withGuide(model.guide(calls));

            GenerationResult result = model.generate(request);

            assertThat(result.text()).isEqualTo(CALL);
            assertThat(model.toolMarks()).containsKey(result.tokens()[0]);
        }
    }

    /** The golden Llama's text with one of its special tokens renamed to Mistral's mark. */
    private ModelText text() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "config.json")) {
            Path source = GoldenText.DIRECTORY.resolve(file);
            if (Files.exists(source)) {
                Files.copy(source, directory.resolve(file));
            }
        }
        ObjectNode tokenizer =
                (ObjectNode) mapper.readTree(directory.resolve("tokenizer.json").toFile());
        ObjectNode vocabulary = (ObjectNode) tokenizer.path("model").path("vocab");
        ObjectNode mark = null;
        for (JsonNode token : tokenizer.path("added_tokens")) {
            if (token.path("content").asText().equals("<|tool|>")) {
                mark = (ObjectNode) token;
            }
        }
        vocabulary.remove("<|tool|>");
        vocabulary.set("[TOOL_CALLS]", mark.path("id"));
        mark.put("content", "[TOOL_CALLS]");
        mapper.writeValue(directory.resolve("tokenizer.json").toFile(), tokenizer);
        Path template = Files.writeString(directory.resolve("tools.jinja"), TEMPLATE);
        return ModelText.load(directory, Optional.of(template));
    }
}

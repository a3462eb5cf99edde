package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
    private static final SpecialTokens TOKENS = SpecialTokens.of(Map.of("bos_token", "<s>", "eos_token", "</s>"));
    private static final List<Message> HELLO = List.of(Message.of("user", "hello"));
    private static final List<Map<String, Object>> TOOLS = List.of(Map.of("name", "f"));
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

    @TempDir
    Path directory;

    @Test
    void theTemplateSeesWhatTransformersPasses() {
        String source = "{{ bos_token }}|{{ eos_token }}|{{ messages[0].content }}|{{ tools is none }}|{{ documents is"
                + " none }}|{{ add_generation_prompt }}|{{ strftime_now('%d %b %Y') }}|{{ pad_token is defined }}";
        ChatTemplate template = ChatTemplate.of(source, TOKENS, () -> NOW);
        assertThat(template.render(HELLO, List.of(), true).text())
                .isEqualTo("<s>|</s>|hello|True|True|True|02 Jan 2026|False");
        assertThat(template.source()).isEqualTo(source);
    }

    @Test
    void toolsArePassedAsTheyAre() {
        ChatTemplate template = ChatTemplate.of("{{ tools | tojson }}", TOKENS, () -> NOW);
        assertThat(template.render(HELLO, List.of(Map.of("name", "é<f>")), false)
                        .text())
                .isEqualTo("[{\"name\": \"é<f>\"}]");
    }

    @Test
    void aDirectoryWithoutATemplateHasNone() throws IOException {
        assertThat(find()).isEmpty();
        write("tokenizer_config.json", "{\"chat_template\": null}");
        assertThat(find()).isEmpty();
    }

    @Test
    void theFileComesBeforeTheConfiguration() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"of the configuration\"}");
        assertThat(rendered(List.of())).isEqualTo("of the configuration");
        write("chat_template.jinja", "of the file");
        assertThat(rendered(List.of())).isEqualTo("of the file");
    }

    @Test
    void ofAListTheDefaultCountsAndForToolsTheOneForTools() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"with tools\"},"
                        + " {\"name\": \"default\", \"template\": \"plain\"}]}");
        assertThat(rendered(List.of())).isEqualTo("plain");
        assertThat(rendered(List.of(Map.of("name", "f")))).isEqualTo("with tools");
    }

    @Test
    void aListWithoutADefaultIsRefused() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}]}");
        assertThatThrownBy(this::find)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer_config.json")
                .hasMessageContaining("'default'");
    }

    /** transformers lets the files replace all that the configuration has, tool_use included. */
    @Test
    void filesReplaceEveryTemplateOfTheConfiguration() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"with tools\"},"
                        + " {\"name\": \"default\", \"template\": \"plain\"}]}");
        write("chat_template.jinja", "of the file");
        assertThat(rendered(TOOLS)).isEqualTo("of the file");
        writeAdditional("tool_use", "tools of the folder");
        assertThat(rendered(TOOLS)).isEqualTo("tools of the folder");
        assertThat(rendered(List.of())).isEqualTo("of the file");
        writeAdditional("default", "default of the folder");
        assertThat(rendered(List.of())).isEqualTo("default of the folder");
    }

    @Test
    void theFolderAloneReplacesTheConfigurationToo() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"of the configuration\"}");
        writeAdditional("tool_use", "tools of the folder");
        assertThatThrownBy(this::find)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("additional_chat_templates")
                .hasMessageContaining("'default'");
        writeAdditional("default", "default of the folder");
        assertThat(rendered(List.of())).isEqualTo("default of the folder");
        assertThat(rendered(TOOLS)).isEqualTo("tools of the folder");
    }

    @Test
    void theProcessorsFileCountsWhereNothingElseDoes() throws IOException {
        write("chat_template.json", "{\"chat_template\": \"of the processor\"}");
        assertThat(rendered(List.of())).isEqualTo("of the processor");
        write("tokenizer_config.json", "{\"chat_template\": \"of the configuration\"}");
        assertThat(rendered(List.of())).isEqualTo("of the configuration");
    }

    @Test
    void aMalformedTemplateIsNamedWithFileAndLine() throws IOException {
        write("chat_template.jinja", "a\n{% if %}");
        assertThatThrownBy(this::find)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("chat_template.jinja: line 2 of the chat template: ");
    }

    @Test
    void aTemplateThatIsNoTextIsRefused() throws IOException {
        Files.write(directory.resolve("chat_template.jinja"), new byte[] {(byte) 0xC3, (byte) 0x28});
        assertThatThrownBy(this::find).isInstanceOf(CheckpointException.class).hasMessageContaining("not UTF-8");
    }

    @Test
    void theClockCanBeFixed() {
        assertThat(TemplateClock.of("2026-01-02T03:04:05").get()).isEqualTo(NOW);
        assertThat(TemplateClock.of(null).get()).isAfter(NOW.minusYears(10));
        assertThatThrownBy(() -> TemplateClock.of("yesterday"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("IFT_NOW is 'yesterday'; it must be a time such as 2026-01-02T03:04:05");
    }

    private Optional<ChatTemplate> find() {
        return ChatTemplate.find(directory, TOKENS, () -> NOW);
    }

    private String rendered(List<Map<String, Object>> tools) {
        return find().orElseThrow().render(HELLO, tools, false).text();
    }

    private void writeAdditional(String name, String text) throws IOException {
        Files.createDirectories(directory.resolve("additional_chat_templates"));
        write("additional_chat_templates/" + name + ".jinja", text);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }
}

package io.github.ift4j.samples.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.data.DataException;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.ModelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift render}: the exact text that a model reads for a conversation. */
@Command(
        name = "render",
        description =
                "Prints the exact text of a conversation under a chat template; no newline is added. The environment "
                        + "variable IFT_NOW (2026-01-02T03:04:05) fixes the time that templates see.")
final class Render implements Callable<Integer> {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<List<Map<String, Object>>> OBJECTS = new TypeReference<>() {};

    @Spec
    private CommandSpec spec;

    @Mixin
    private AdaptedModelOptions model;

    @Mixin
    private TextOptions text;

    @Option(
            names = "--messages",
            paramLabel = "FILE.json",
            required = true,
            description = "JSON array of messages: role, content, …")
    private Path messages;

    @Option(names = "--tools", paramLabel = "FILE.json", description = "JSON array that describes tools.")
    private Path tools;

    @Option(names = "--add-generation-prompt", description = "End where the assistant's answer would begin.")
    private boolean addGenerationPrompt;

    @Override
    public Integer call() throws IOException {
        List<Message> conversation = readMessages();
        List<Map<String, Object>> offered = tools == null ? List.of() : read(tools);
        try (ModelText loaded = text.load(model)) {
            ChatTemplate template = loaded.chatTemplate()
                    .orElseThrow(() -> new IllegalArgumentException(
                            model.directory() + ": has no chat template; give one with --chat-template FILE"));
            spec.commandLine()
                    .getOut()
                    .print(template.render(conversation, offered, addGenerationPrompt)
                            .text());
        }
        return 0;
    }

    private List<Message> readMessages() throws IOException {
        try {
            return read(messages).stream().map(Message::new).toList();
        } catch (IllegalArgumentException wrong) {
            throw new DataException(messages + ": " + wrong.getMessage(), wrong);
        }
    }

    private static List<Map<String, Object>> read(Path file) throws IOException {
        try {
            return MAPPER.readValue(Files.readString(file), OBJECTS);
        } catch (JacksonException e) {
            throw new DataException(
                    "%s:%d: must be a JSON array of objects: %s"
                            .formatted(
                                    file,
                                    e.getLocation() == null
                                            ? 1
                                            : e.getLocation().getLineNr(),
                                    e.getOriginalMessage()),
                    e);
        }
    }
}

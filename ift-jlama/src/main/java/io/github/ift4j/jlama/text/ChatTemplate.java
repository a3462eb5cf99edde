package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.text.jinja.Rendering;
import io.github.ift4j.jlama.text.jinja.Template;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How a model writes a conversation as text. Renders with the variables that transformers passes. Immutable; any number of
 * threads may render it.
 */
public final class ChatTemplate {
    private static final long MAX_FILE_BYTES = 4L << 20;
    private static final String FILE = "chat_template.jinja";
    private static final String FOLDER = "additional_chat_templates";
    private static final String SUFFIX = ".jinja";
    private static final String PROCESSOR_FILE = "chat_template.json";
    private static final String DEFAULT = "default";
    private static final String TOOL_USE = "tool_use";
    private static final String FIELD = "chat_template";

    private final String source;
    private final String toolSource;
    private final Template template;
    private final Template withTools;
    private final Map<String, String> specialTokens;
    private final Supplier<LocalDateTime> now;

    /** @param toolSource the template where tools are given, null where it is the same */
    private ChatTemplate(String source, String toolSource, SpecialTokens specialTokens, Supplier<LocalDateTime> now) {
        this.source = source;
        this.toolSource = toolSource == null ? source : toolSource;
        this.template = Template.parse(source);
        this.withTools = toolSource == null ? template : Template.parse(toolSource);
        this.specialTokens = specialTokens.all();
        this.now = now;
    }

    /**
     * A template from its source.
     *
     * @param specialTokens what {@code bos_token} and so on stand for
     * @param now what {@code strftime_now} sees
     * @throws TemplateException when it is malformed
     */
    public static ChatTemplate of(String source, SpecialTokens specialTokens, Supplier<LocalDateTime> now) {
        return new ChatTemplate(source, null, specialTokens, now);
    }

    /**
     * A template from a file of its own.
     *
     * @throws CheckpointException when the file cannot be read or the template is malformed
     */
    public static ChatTemplate fromFile(Path file, SpecialTokens specialTokens, Supplier<LocalDateTime> now) {
        return checked(file, () -> of(read(file), specialTokens, now));
    }

    /**
     * The template of a model directory, by transformers' precedence: the files {@code chat_template.jinja} ("default") and
     * {@code additional_chat_templates/*.jinja} (by name; "default" there wins) if there are any, else {@code chat_template} of
     * tokenizer_config.json, a string or a list of names and templates. Of several, "tool_use" counts where tools are given and
     * "default" else. Where none of these is there, {@code chat_template} of chat_template.json counts, the file of
     * multimodal models. Absent when there is no template.
     *
     * @throws CheckpointException when a file is broken, the template malformed, or there is no default among several
     */
    public static Optional<ChatTemplate> find(
            Path directory, SpecialTokens specialTokens, Supplier<LocalDateTime> now) {
        Map<String, Path> files = files(directory);
        if (!files.isEmpty()) {
            Path file = files.get(DEFAULT);
            if (file == null) {
                throw noDefault(directory.resolve(FOLDER));
            }
            Path tools = files.get(TOOL_USE);
            if (tools != null) {
                checked(tools, () -> Template.parse(read(tools)));
            }
            String toolSource = tools == null ? null : read(tools);
            return Optional.of(checked(file, () -> new ChatTemplate(read(file), toolSource, specialTokens, now)));
        }
        return configured(directory.resolve(TokenizerConfig.FILE), specialTokens, now)
                .or(() -> configured(directory.resolve(PROCESSOR_FILE), specialTokens, now));
    }

    private static Map<String, Path> files(Path directory) {
        Map<String, Path> files = new HashMap<>();
        if (Files.exists(directory.resolve(FILE))) {
            files.put(DEFAULT, directory.resolve(FILE));
        }
        Path folder = directory.resolve(FOLDER);
        if (!Files.isDirectory(folder)) {
            return files;
        }
        try (DirectoryStream<Path> more = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : more) {
                String name = file.getFileName().toString();
                files.put(name.substring(0, name.length() - SUFFIX.length()), file);
            }
            return files;
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be listed: %s".formatted(folder, e), e);
        }
    }

    private static Optional<ChatTemplate> configured(
            Path config, SpecialTokens specialTokens, Supplier<LocalDateTime> now) {
        return JsonFile.readIfPresent(config, TokenizerConfig.MAX_BYTES)
                .map(fields -> fields.path(FIELD))
                .filter(field -> !field.isMissingNode() && !field.isNull())
                .map(field -> checked(config, () -> fromField(config, field, specialTokens, now)));
    }

    private static ChatTemplate fromField(
            Path config, JsonNode field, SpecialTokens specialTokens, Supplier<LocalDateTime> now) {
        if (field.isTextual()) {
            return of(field.textValue(), specialTokens, now);
        }
        Map<String, String> byName = new HashMap<>();
        for (JsonNode entry : field) {
            if (entry.path("name").isTextual() && entry.path("template").isTextual()) {
                byName.put(
                        entry.path("name").textValue(), entry.path("template").textValue());
            }
        }
        String standard = byName.get(DEFAULT);
        if (standard == null) {
            throw noDefault(config);
        }
        return new ChatTemplate(standard, byName.get(TOOL_USE), specialTokens, now);
    }

    private static CheckpointException noDefault(Path file) {
        return new CheckpointException(
                "%s: the chat template must be a string, or a list of names and templates with one named '%s'"
                        .formatted(file, DEFAULT));
    }

    private static <T> T checked(Path file, Supplier<T> template) {
        try {
            return template.get();
        } catch (TemplateException e) {
            throw new CheckpointException(file + ": " + e.getMessage(), e);
        }
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new CheckpointException(
                        "%s: a chat template may have at most %d bytes".formatted(file, MAX_FILE_BYTES));
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new CheckpointException(file + ": not UTF-8 text", e);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
        }
    }

    /** The template as written, without its variant for tools. */
    public String source() {
        return source;
    }

    /** The template that counts where tools are given, as written; the same as {@link #source()} unless there are two. */
    public String toolSource() {
        return toolSource;
    }

    /**
     * Writes a conversation.
     *
     * @param tools JSON objects that describe tools, empty when there are none
     * @param addGenerationPrompt whether the text ends where the assistant is to go on
     * @throws TemplateException when the template fails or refuses the conversation
     */
    public Rendering render(List<Message> messages, List<? extends Map<String, ?>> tools, boolean addGenerationPrompt) {
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.put("messages", messages.stream().map(Message::fields).toList());
        variables.put("tools", tools.isEmpty() ? null : tools);
        variables.put("documents", null);
        variables.put("add_generation_prompt", addGenerationPrompt);
        return (tools.isEmpty() ? template : withTools).render(variables, now);
    }
}

package io.github.ift4j.jlama.text;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that a model directory says about text: tokenizer, chat template and what ends an answer. Thread-safe; holds the
 * tokenizer's native memory until {@link #close()}.
 *
 * @param tokenizer text to tokens and back
 * @param chatTemplate how conversations are written, absent when the model has none
 * @param endOfTurn what ends an answer
 */
public record ModelText(Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate, EndOfTurn endOfTurn)
        implements AutoCloseable {
    /**
     * Reads a model directory. Templates see the time that {@link TemplateClock#system()} gives.
     *
     * @param chatTemplateFile takes the place of the directory's own template
     * @throws CheckpointException when a file is missing or broken
     */
    public static ModelText load(Path directory, Optional<Path> chatTemplateFile) {
        Tokenizer tokenizer = Tokenizer.load(directory);
        try {
            return of(tokenizer, directory, chatTemplateFile);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * {@link #load} with a tokenizer of the directory that is loaded already.
     *
     * @param tokenizer may be shared; only one of those that share it is to be closed
     */
    public static ModelText of(Tokenizer tokenizer, Path directory, Optional<Path> chatTemplateFile) {
        SpecialTokens special = tokenizer.specialTokens();
        Optional<ChatTemplate> template = chatTemplateFile.isPresent()
                ? chatTemplateFile.map(file -> ChatTemplate.fromFile(file, special, TemplateClock.system()))
                : ChatTemplate.find(directory, special, TemplateClock.system());
        return new ModelText(tokenizer, template, EndOfTurn.of(directory, tokenizer, template));
    }

    /**
     * The encoder of training records.
     *
     * @param raw whether prompts and completions are taken as they are in spite of a template
     */
    public ConversationEncoder encoder(boolean raw) {
        return new ConversationEncoder(tokenizer, chatTemplate, endOfTurn, raw);
    }

    /**
     * The text that the assistant is to go on from.
     *
     * @param tools JSON objects that describe tools, empty when there are none
     * @throws TemplateException when the template fails or refuses the conversation
     * @throws IllegalStateException when there is no template
     */
    public String promptText(List<Message> messages, List<? extends Map<String, ?>> tools) {
        return chatTemplate
                .orElseThrow(() -> new IllegalStateException(
                        "the model has no chat template; give one by --chat-template, or raw text"))
                .render(messages, tools, true)
                .text();
    }

    /** The tokens of {@link #promptText}. */
    public int[] prompt(List<Message> messages, List<? extends Map<String, ?>> tools) {
        return tokenizer.encode(promptText(messages, tools), false);
    }

    /** The tokens of a text to go on from as it is, with what the tokenizer's post-processor adds, BOS once. */
    public int[] rawPrompt(String text) {
        return rawEncoding(text).ids();
    }

    /** {@link #rawPrompt} with the place of each token in the text. */
    public Encoding rawEncoding(String text) {
        return tokenizer.encodeWithOffsets(text, true).withoutDoubledStart();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

package io.github.ift4j.jlama.generation;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A scripted model with the tokenizer and the chat template of the tiny golden Llama. */
final class GoldenText {
    static final Path DIRECTORY = Path.of("src/test/resources/golden/llama/model");
    static final int VOCABULARY = 288;
    static final int BOS = 280;
    static final int ASSISTANT = 285;
    static final int END = 286;

    /** What the directory's template writes. */
    static final PromptTemplate TEMPLATE = (messages, tools) -> {
        StringBuilder text = new StringBuilder("<|bos|>");
        for (Message message : messages) {
            text.append(
                    "<|%s|>%s<|end|>".formatted(message.role(), message.fields().get("content")));
        }
        return text.append("<|assistant|>").toString();
    };

    private GoldenText() {}

    /** Answers every chat with the given text. */
    static TextModel saying(String answer, Tokenizer tokenizer, Optional<PromptTemplate> template) {
        FakeModel model = FakeModel.after(ASSISTANT, tokenizer.encode(answer, false), END, VOCABULARY);
        return TextModel.of("golden", model, tokenizer, template, GenerationDefaults.greedy(Set.of(END)), 2);
    }
}

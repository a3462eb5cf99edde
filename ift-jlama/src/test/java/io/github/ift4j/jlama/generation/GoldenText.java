package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.text.ModelText;
import java.nio.file.Path;

/** A scripted model with the tokenizer and the chat template of the tiny golden Llama. */
final class GoldenText {
    static final Path DIRECTORY = Path.of("src/test/resources/golden/llama/model");
    static final int VOCABULARY = 288;
    static final int BOS = 280;
    static final int ASSISTANT = 285;
    static final int END = 286;

    private GoldenText() {}

    /** Answers every chat with the given text. */
    static TextModel saying(String answer, ModelText text) {
        int[] script = text.tokenizer().encode(answer, false);
        FakeModel model = FakeModel.after(ASSISTANT, script, END, VOCABULARY);
        return TextModel.of("golden", model, text, GenerationDefaults.GREEDY, 2);
    }
}

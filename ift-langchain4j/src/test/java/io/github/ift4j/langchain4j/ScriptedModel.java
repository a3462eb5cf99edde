package io.github.ift4j.langchain4j;

import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.GenerationDefaults;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.EndOfTurn;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A model that answers each prompt with the text that a function gives, byte by byte, and then ends its turn. */
public final class ScriptedModel implements TokenModel {
    static final Tokenizer TOKENIZER = ByteTokenizer.load();

    /** Writes {@code <|role|>content<|end|>} for each message. */
    static final String TEMPLATE = """
        {%- for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}
        {%- if add_generation_prompt %}<|assistant|>{% endif %}\
        """;

    static final String NAME = "scripted";
    static final int CONTEXT = 1_000;

    private final UnaryOperator<String> script;
    private final float certainty;
    private final int contextLength;
    private final AtomicInteger open = new AtomicInteger();

    private ScriptedModel(UnaryOperator<String> script, float certainty, int contextLength) {
        this.script = script;
        this.certainty = certainty;
        this.contextLength = contextLength;
    }

    /** Answers the prompt, as rendered, with what the script makes of it. */
    public static ScriptedModel answering(UnaryOperator<String> script) {
        return new ScriptedModel(script, 100, CONTEXT);
    }

    /** Gives the scripted token and every other nearly the same chance. */
    static ScriptedModel guessing() {
        return new ScriptedModel(prompt -> "a", 0.1f, CONTEXT);
    }

    /** This model with room for prompts of any length. */
    public ScriptedModel withContext(int newContextLength) {
        return new ScriptedModel(script, certainty, newContextLength);
    }

    static IftEngine engine(String answer) {
        return answering(prompt -> answer).engine();
    }

    IftEngine engine() {
        return IftEngine.of(textModel(Optional.of(TEMPLATE)));
    }

    /** A text model that writes its prompts with this template. */
    public TextModel textModel(Optional<String> template) {
        ModelText text = new ModelText(
                TOKENIZER,
                template.map(source ->
                        ChatTemplate.of(source, TOKENIZER.specialTokens(), () -> LocalDateTime.of(2026, 1, 1, 0, 0))),
                new EndOfTurn(Set.of(ByteTokenizer.END), List.of()));
        return TextModel.of(NAME, this, text, GenerationDefaults.GREEDY, 4);
    }

    int openContexts() {
        return open.get();
    }

    @Override
    public int vocabularySize() {
        return ByteTokenizer.VOCABULARY;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Context newContext() {
        open.incrementAndGet();
        return new ScriptedContext();
    }

    private final class ScriptedContext implements Context {
        private int[] tokens = new int[0];
        private byte[] answer;
        private int promptLength;

        @Override
        public int length() {
            return tokens.length;
        }

        @Override
        public void append(int[] ids, float[] logits) {
            int length = tokens.length;
            tokens = Arrays.copyOf(tokens, length + ids.length);
            System.arraycopy(ids, 0, tokens, length, ids.length);
            Preconditions.checkArgument(tokens.length <= contextLength, "outgrew the context");
            if (ids[ids.length - 1] == ByteTokenizer.ASSISTANT) {
                promptLength = tokens.length;
                answer = script.apply(TOKENIZER.decode(tokens, false)).getBytes(StandardCharsets.UTF_8);
            }
            int at = tokens.length - promptLength;
            Arrays.fill(logits, 0);
            logits[answer != null && at < answer.length ? answer[at] & 0xFF : ByteTokenizer.END] = certainty;
        }

        @Override
        public void truncate(int length) {
            tokens = Arrays.copyOf(tokens, length);
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}

package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import com.google.common.base.Suppliers;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.generation.guided.GuideVocabulary;
import io.github.ift4j.jlama.generation.guided.Guides;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.StreamingDecoder;
import io.github.ift4j.jlama.text.Tokenizer;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A language model that reads and writes text: a {@link TokenModel} with its {@link ModelText} and defaults, served to
 * many threads by one {@link GenerationEngine}.
 *
 * <p>Thread-safe.
 */
public final class TextModel implements AutoCloseable {
    private final String name;
    private final ModelText text;
    private final GenerationDefaults defaults;
    private final GenerationEngine engine;
    private final Supplier<Optional<ToolTemplate>> toolTemplate;
    private final Guides guides;
    private final List<? extends AutoCloseable> owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param owned what {@link #close()} closes, in this order */
    TextModel(
            String name,
            TokenModel model,
            Optional<TokenModel> draft,
            ModelText text,
            GenerationDefaults defaults,
            int maxConcurrentRequests,
            long idleContextBytes,
            List<? extends AutoCloseable> owned) {
        Preconditions.checkArgument(!name.isBlank(), "the name of a model must not be blank");
        this.name = name;
        this.text = text;
        this.defaults = defaults;
        this.toolTemplate = Suppliers.memoize(() -> text.chatTemplate().map(ToolTemplate::of));
        this.engine = new GenerationEngine(
                model,
                draft,
                () -> new DecodedText(text.tokenizer(), text.tokenizer().newStreamingDecoder(true)),
                maxConcurrentRequests,
                idleContextBytes);
        this.guides = new Guides(() -> GuideVocabulary.of(
                text.tokenizer().tokenTexts().showing(toolMarks()),
                model.vocabularySize(),
                text.endOfTurn().tokens()));
        this.owned = owned;
    }

    /** {@link #load(Path, LoadOptions)} with {@link LoadOptions#DEFAULTS}. */
    public static TextModel load(Path directory) {
        return load(directory, LoadOptions.DEFAULTS);
    }

    /**
     * Loads a HuggingFace directory: weights, tokenizer, chat template, end-of-turn tokens and the defaults of
     * {@code generation_config.json}. It computes on as many threads as {@code IFT_THREADS} says, or else one a processor.
     *
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when a file is missing or broken; the message names it
     * @throws IllegalStateException when the JVM was started without the vector API; the message names the flag
     */
    public static TextModel load(Path directory, LoadOptions options) {
        return new TextModelLoader(directory, options).load();
    }

    /**
     * A model of parts that the caller owns and closes after it.
     *
     * @param name what responses call it
     * @param text its tokenizer, chat template and end of turn; without a template only plain text can be continued
     * @param maxConcurrentRequests most requests that may hold a context at a time; more of them wait
     */
    public static TextModel of(
            String name, TokenModel model, ModelText text, GenerationDefaults defaults, int maxConcurrentRequests) {
        return new TextModel(
                name,
                model,
                Optional.empty(),
                text,
                defaults,
                maxConcurrentRequests,
                GenerationEngine.DEFAULT_IDLE_CONTEXT_BYTES,
                List.of());
    }

    /** What responses call the model. */
    public String name() {
        return name;
    }

    /** Most tokens of a prompt and its answer together. */
    public int contextLength() {
        return engine.contextLength();
    }

    /** Its tokenizer, chat template and what ends an answer. */
    public ModelText text() {
        return text;
    }

    /** How its chat template takes tools; absent where there is no template. */
    public Optional<ToolTemplate> toolTemplate() {
        return toolTemplate.get();
    }

    /** The marks of tool calls that are special tokens and whose text counts where there are tools: text by id. */
    public Map<Integer, String> toolMarks() {
        return toolTemplate()
                .map(template -> template.format().specialTokens(text.tokenizer()))
                .orElse(Map.of());
    }

    /** How it generates when a request does not say. */
    public GenerationDefaults defaults() {
        return defaults;
    }

    /**
     * A request for the assistant's next message, with the model's defaults.
     *
     * @param tools JSON objects that describe the tools on offer, empty when there are none
     * @throws IllegalStateException when the model has no chat template
     * @throws io.github.ift4j.jlama.text.jinja.TemplateException when the template fails or refuses the conversation
     */
    public GenerationRequest chatRequest(List<Message> messages, List<Map<String, Object>> tools) {
        return request(text.prompt(messages, tools))
                .withStopStrings(text.endOfTurn().strings());
    }

    /** {@link #chatRequest(List, List)} without tools. */
    public GenerationRequest chatRequest(List<Message> messages) {
        return chatRequest(messages, List.of());
    }

    /** A request for the continuation of a plain text, with the model's defaults. */
    public GenerationRequest textRequest(String prompt) {
        return request(text.rawPrompt(prompt));
    }

    private GenerationRequest request(int[] prompt) {
        return new GenerationRequest(
                prompt,
                defaults.maxNewTokens().orElse(Integer.MAX_VALUE),
                defaults.sampling(),
                List.of(),
                text.endOfTurn().tokens());
    }

    /**
     * A grammar over the model's tokens, for {@link GenerationRequest#withGuide}. Those that were used last are kept, so that asking again
     * costs nothing.
     *
     * @throws IllegalArgumentException as {@link Guide#of}
     * @throws IllegalStateException when what the tokenizer's tokens write depends on their neighbours
     */
    public Guide guide(Grammar grammar) {
        return guides.guide(grammar);
    }

    /** {@link GenerationEngine#check(GenerationRequest)}. */
    public void check(GenerationRequest request) {
        engine.check(request);
    }

    /** {@link GenerationEngine#generate(GenerationRequest)}. */
    public GenerationResult generate(GenerationRequest request) {
        return engine.generate(request);
    }

    /** {@link GenerationEngine#generate(GenerationRequest, TextListener, Cancellation)}. */
    public GenerationResult generate(GenerationRequest request, TextListener listener, Cancellation cancellation) {
        return engine.generate(request, listener, cancellation);
    }

    /**
     * Ends the requests under way as {@link GenerationEngine#close()} does, then frees the memory of what was loaded with the
     * model. Closing it again has no effect.
     */
    @Override
    public void close() {
        engine.close();
        if (!closed.getAndSet(true)) {
            closeAll(owned);
        }
    }

    /** Closes all, whatever happens, and throws the first exception. */
    static void closeAll(Iterable<? extends AutoCloseable> parts) {
        RuntimeException failure = null;
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("a part of the model could not be closed", e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private record DecodedText(Tokenizer tokenizer, StreamingDecoder decoder) implements TextStream {
        @Override
        public String append(int token) {
            return decoder.append(token);
        }

        @Override
        public String show(int token) {
            return decoder.flush() + tokenizer.tokenOf(token);
        }

        @Override
        public String finish() {
            return decoder.flush();
        }
    }
}

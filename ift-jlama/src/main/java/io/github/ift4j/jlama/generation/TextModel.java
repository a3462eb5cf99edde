package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import com.google.common.base.Suppliers;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.decoder.AdaptedDecoder;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.HiddenStateModel;
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
import java.time.Duration;
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
    /** Chars of a prompt whose tokens are counted in any case. */
    private static final int ALWAYS_READ = 1 << 20;

    private final ModelVersion version;
    private final TokenModel model;
    private final ModelText text;
    private final GenerationDefaults defaults;
    private final GenerationEngine engine;
    private final Optional<Origin> origin;
    private final Supplier<Optional<ToolTemplate>> toolTemplate;
    private final Supplier<Guides> guides;
    private final List<? extends AutoCloseable> owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * What a model was loaded from.
     *
     * @param directory its own directory
     * @param options how it was loaded
     */
    record Origin(Path directory, LoadOptions options) {}

    /**
     * @param model the engine's own, or a variant of it
     * @param origin empty for a model that cannot take adapters
     * @param base the model that this one is a variant of, with the same tokenizer, empty for none
     * @param owned what {@link #close()} closes, in this order
     */
    TextModel(
            ModelVersion version,
            TokenModel model,
            ModelText text,
            GenerationDefaults defaults,
            GenerationEngine engine,
            Optional<Origin> origin,
            Optional<TextModel> base,
            List<? extends AutoCloseable> owned) {
        Preconditions.checkArgument(!version.modelName().isBlank(), "the name of a model must not be blank");
        this.version = version;
        this.model = model;
        this.text = text;
        this.defaults = defaults;
        this.engine = engine;
        this.origin = origin;
        this.toolTemplate = Suppliers.memoize(() -> text.chatTemplate().map(ToolTemplate::of));
        this.guides = Suppliers.memoize(() ->
                base.filter(this::writesTheSame).map(of -> of.guides.get()).orElseGet(this::newGuides));
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
        GenerationEngine engine =
                new GenerationEngine(model, () -> new DecodedText(text.tokenizer()), maxConcurrentRequests);
        return new TextModel(
                ModelVersion.unknown(name),
                model,
                text,
                defaults,
                engine,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /**
     * This model's weights with another adapter. Both, and any number of others, answer side by side; their requests share steps, the
     * queue and the bounds. What it answers is what a model answers that was loaded with the adapter alone, bit for bit. It has the
     * adapter's chat template, if there is one in its directory.
     *
     * @param name what responses call it
     * @param number of its version
     * @param adapter directory of a PEFT adapter of the model
     * @return to be closed when it has no requests any more, which frees the adapter and leaves this model as it is
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when the directory cannot be used; the message says why
     * @throws IllegalStateException when this model was not loaded from a directory, or has an adapter of its own name
     */
    TextModel adapted(String name, int number, Path adapter) {
        Origin from = origin.orElseThrow(() ->
                new IllegalStateException("the model '" + name() + "' cannot take adapters; load it from a directory"));
        Optional<Path> template = from.options().withAdapter(adapter).templateFile();
        AdaptedDecoder decoder = ((Decoder) model).adapted(adapter);
        try {
            ModelVersion loaded = ModelVersion.ofAdapter(name, number, adapter);
            ModelText itsText = ModelText.of(text.tokenizer(), from.directory(), template);
            List<AutoCloseable> itsOwn = List.of(() -> engine.forget(decoder), decoder);
            return new TextModel(
                    loaded, decoder, itsText, defaults, engine, Optional.empty(), Optional.of(this), itsOwn);
        } catch (RuntimeException | Error e) {
            decoder.close();
            throw e;
        }
    }

    /** What responses call the model. */
    public String name() {
        return version.modelName();
    }

    /** Which weights answer. */
    public ModelVersion version() {
        return version;
    }

    /** How busy it is now, together with the adapters over it. */
    public Occupancy occupancy() {
        return engine.occupancy();
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
     * @throws PromptTooLongException when the prompt is so long that its tokens need not be counted
     */
    public GenerationRequest chatRequest(List<Message> messages, List<Map<String, Object>> tools) {
        String prompt = text.promptText(messages, tools);
        checkLength(prompt);
        return request(text.tokenizer().encode(prompt, false))
                .withStopStrings(text.endOfTurn().strings());
    }

    /** {@link #chatRequest(List, List)} without tools. */
    public GenerationRequest chatRequest(List<Message> messages) {
        return chatRequest(messages, List.of());
    }

    /**
     * A request for the continuation of a plain text, with the model's defaults.
     *
     * @throws PromptTooLongException when the prompt is so long that its tokens need not be counted
     */
    public GenerationRequest textRequest(String prompt) {
        checkLength(prompt);
        return request(text.rawPrompt(prompt));
    }

    /** Spares the tokenizer what cannot fit anyway: 10 MiB would keep it busy for many seconds. */
    private void checkLength(String prompt) {
        int least = text.tokenizer().leastTokens(prompt.length());
        if (prompt.length() > ALWAYS_READ && least > contextLength()) {
            throw new PromptTooLongException("at least " + least, contextLength());
        }
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
        return guides.get().guide(grammar);
    }

    private Guides newGuides() {
        return new Guides(() -> GuideVocabulary.of(
                text.tokenizer().tokenTexts().showing(toolMarks()),
                model.vocabularySize(),
                text.endOfTurn().tokens()));
    }

    /** Whether the guides of a model with the same tokenizer serve this one too: they take tens of megabytes. */
    private boolean writesTheSame(TextModel other) {
        return model.vocabularySize() == other.model.vocabularySize()
                && text.endOfTurn().tokens().equals(other.text.endOfTurn().tokens())
                && toolMarks().equals(other.toolMarks());
    }

    /** {@link GenerationEngine#check(GenerationRequest)}. */
    public void check(GenerationRequest request) {
        engine.check(request);
    }

    /** {@link GenerationEngine#generate(GenerationRequest)}. */
    public GenerationResult generate(GenerationRequest request) {
        return generate(request, TextListener.NONE, new Cancellation());
    }

    /** {@link GenerationEngine#generate(TokenModel, GenerationRequest, TextListener, Cancellation)}. */
    public GenerationResult generate(GenerationRequest request, TextListener listener, Cancellation cancellation) {
        return engine.generate(model, request, listener, cancellation);
    }

    /** Whether it can make vectors of texts. */
    public boolean embeds() {
        return model instanceof HiddenStateModel;
    }

    /**
     * Width of the vectors that {@link #embed} makes.
     *
     * @throws IllegalStateException when the model makes none
     */
    public int embeddingSize() {
        return hiddenStates().hiddenSize();
    }

    /**
     * {@link GenerationEngine#embed}.
     *
     * @throws IllegalStateException when the model makes no vectors
     */
    public Optional<float[][]> embed(List<int[]> sequences, Pooling pooling, Cancellation cancellation) {
        return engine.embed(hiddenStates(), sequences, pooling, cancellation);
    }

    private HiddenStateModel hiddenStates() {
        if (model instanceof HiddenStateModel states) {
            return states;
        }
        throw new IllegalStateException("the model '" + name() + "' does not tell its hidden states");
    }

    /** {@link #close(Duration)} without a grace. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /**
     * Ends the requests under way as {@link GenerationEngine#close(Duration)} does, then frees the memory of what was loaded with the
     * model. Closing it again has no effect.
     *
     * @param grace how long requests that were accepted may go on
     */
    public void close(Duration grace) {
        if (!(model instanceof AdaptedDecoder)) {
            engine.close(grace);
        }
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

    /** The text of an answer's tokens, without special ones. */
    record DecodedText(Tokenizer tokenizer, StreamingDecoder decoder) implements TextStream {
        DecodedText(Tokenizer tokenizer) {
            this(tokenizer, tokenizer.newStreamingDecoder(true));
        }

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

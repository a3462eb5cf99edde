package io.github.ift4j.jlama.generation;

import com.github.tjake.jlama.model.functions.Generator;
import com.github.tjake.jlama.safetensors.Config;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import com.github.tjake.jlama.safetensors.prompt.PromptSupport;
import com.github.tjake.jlama.safetensors.tokenizer.Tokenizer;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.runtime.VectorApi;
import io.github.ift4j.jlama.text.EndOfTurn;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * The engine behind Jlama's {@link Generator}, for programs written against Jlama. It differs from Jlama's models in what it
 * mends:
 *
 * <ul>
 *   <li>any number of threads may generate at a time;
 *   <li>{@code ntokens} bounds the new tokens, not prompt and answer together;
 *   <li>every architecture of {@link io.github.ift4j.jlama.architecture} answers, also those that Jlama does not know;
 *   <li>an end-of-turn token is noticed even where it comes first, and is counted;
 *   <li>an end of turn that the chat template writes as plain text ends an answer too;
 *   <li>a seed makes answers repeatable; top-k, top-p and the rest are the model's defaults;
 *   <li>text comes in whole characters.
 * </ul>
 *
 * <p>A session keeps nothing: a prompt holds the whole conversation. {@link #promptSupport()} is Jlama's, with the limits of its
 * template language; {@link ModelText#promptText} writes every template exactly. Calls of tools are left in the text.
 */
public final class JlamaGenerator implements Generator {
    private final TextModel model;
    private final Config config;
    private final Tokenizer tokenizer;
    private final OptionalInt bos;
    private final OptionalLong seed;

    private JlamaGenerator(TextModel model, Config config, Tokenizer tokenizer, OptionalInt bos, OptionalLong seed) {
        this.model = model;
        this.config = config;
        this.tokenizer = tokenizer;
        this.bos = bos;
        this.seed = seed;
    }

    /**
     * A generator over a loaded model.
     *
     * @param model what answers; closed with the generator
     * @param directory the HuggingFace directory it came from, for Jlama's view of its configuration and tokenizer
     * @throws CheckpointException when one of them cannot be read
     */
    public static JlamaGenerator over(TextModel model, Path directory) {
        VectorApi.require();
        try {
            return new JlamaGenerator(
                    model,
                    JlamaConfig.of(directory, model.text().endOfTurn().tokens()),
                    new JlamaTokenizer(model.text().tokenizer(), SafeTensorSupport.loadTokenizer(directory)),
                    firstToken(model),
                    OptionalLong.empty());
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException(directory + ": Jlama cannot read this tokenizer: " + e.getMessage(), e);
        }
    }

    /** BOS, if the model expects it first: its tokenizer adds it or its chat template writes it. Jlama's templates do not. */
    private static OptionalInt firstToken(TextModel model) {
        String token = model.text().tokenizer().specialTokens().bos();
        OptionalInt bos =
                token == null ? OptionalInt.empty() : model.text().tokenizer().idOf(token);
        boolean added = bos.isPresent() && startsWith(model.text().tokenizer().encode("a", true), bos.getAsInt());
        boolean written = bos.isPresent() && templateWrites(model.text(), token);
        return added || written ? bos : OptionalInt.empty();
    }

    private static boolean templateWrites(ModelText text, String token) {
        try {
            return text.chatTemplate().isPresent()
                    && text.promptText(List.of(Message.of("user", "a")), List.of())
                            .startsWith(token);
        } catch (TemplateException refusesAUserAlone) {
            return false;
        }
    }

    private static boolean startsWith(int[] ids, int id) {
        return ids.length > 0 && ids[0] == id;
    }

    /** This generator with answers that depend on nothing but prompt and seed. */
    public JlamaGenerator withSeed(long newSeed) {
        return new JlamaGenerator(model, config, tokenizer, bos, OptionalLong.of(newSeed));
    }

    /**
     * Continues a prompt.
     *
     * @param session has no effect
     * @param temperature 0 takes the most probable token
     * @param ntokens most new tokens
     * @param onTokenWithTimings receives each piece of text and the milliseconds since the one before
     */
    @Override
    public Response generate(
            UUID session,
            PromptContext promptContext,
            float temperature,
            int ntokens,
            BiConsumer<String, Float> onTokenWithTimings) {
        SamplingParameters sampling = model.defaults().sampling().withTemperature(temperature);
        GenerationRequest request = new GenerationRequest(
                prompt(promptContext.getPrompt()),
                ntokens,
                seed.isPresent() ? sampling.withSeed(seed.getAsLong()) : sampling,
                model.text().endOfTurn().strings(),
                model.text().endOfTurn().tokens());
        return response(model.generate(request, timed(onTokenWithTimings), new Cancellation()));
    }

    private int[] prompt(String text) {
        int[] ids = model.text().tokenizer().encode(text, false);
        if (bos.isEmpty() || startsWith(ids, bos.getAsInt())) {
            return ids;
        }
        int[] withBos = new int[ids.length + 1];
        withBos[0] = bos.getAsInt();
        System.arraycopy(ids, 0, withBos, 1, ids.length);
        return withBos;
    }

    private static TextListener timed(BiConsumer<String, Float> onTokenWithTimings) {
        long[] last = {System.nanoTime()};
        return text -> {
            long now = System.nanoTime();
            onTokenWithTimings.accept(text, (now - last[0]) / 1e6f);
            last[0] = now;
        };
    }

    private Response response(GenerationResult result) {
        return new Response(
                result.text(),
                textWithSpecialTokens(result.tokens()),
                switch (result.finishReason()) {
                    case STOP -> Generator.FinishReason.STOP_TOKEN;
                    case LENGTH -> Generator.FinishReason.MAX_TOKENS;
                    case CANCELLED -> Generator.FinishReason.ERROR;
                },
                result.promptTokens(),
                result.generatedTokens(),
                result.promptTime().toMillis(),
                result.generationTime().toMillis());
    }

    /** Without what ended the answer, be it a token or a text. */
    private String textWithSpecialTokens(int[] tokens) {
        EndOfTurn end = model.text().endOfTurn();
        boolean ended = tokens.length > 0 && end.tokens().contains(tokens[tokens.length - 1]);
        int[] written = Arrays.copyOf(tokens, ended ? tokens.length - 1 : tokens.length);
        StopStrings stops = new StopStrings(end.strings());
        return stops.append(model.text().tokenizer().decode(written, false)) + stops.finish();
    }

    /** @throws UnsupportedOperationException always */
    @Override
    public float[] embed(String input, PoolingType poolingType) {
        throw new UnsupportedOperationException(
                "this generator answers prompts only; for embeddings load the model with Jlama's ModelSupport");
    }

    @Override
    public Config getConfig() {
        return config;
    }

    @Override
    public Tokenizer getTokenizer() {
        return tokenizer;
    }

    @Override
    public Optional<PromptSupport> promptSupport() {
        return tokenizer.promptSupport();
    }

    /** Closes the model. */
    @Override
    public void close() {
        model.close();
    }
}

package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.checkpoint.Quantiser;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Several adapters over one copy of the weights answer as each does that is loaded with the model alone, bit for bit. */
class AdaptedDecoderTest {
    private static final PeftConfig LORA = PeftConfig.of(3, 5, new PeftTargets.AllLinear());
    private static final int TOKENS = 12;

    private final Workers workers = new Workers(2);
    private final Random random = new Random(11);

    @TempDir
    Path folder;

    @AfterEach
    void release() {
        workers.close();
    }

    static Stream<Arguments> adapters() {
        return Stream.of("llama", "gpt2", "phi3", "mixtral", "gemma2", "qwen2")
                .flatMap(type -> Stream.of(LORA, LORA.withRslora(true), LORA.withDora(true))
                        .map(adapter -> Arguments.arguments(type, adapter)));
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void aStepOfSeveralAdaptersGivesEachTheBitsItHasAlone(String modelType, PeftConfig config) throws IOException {
        Path base = model(modelType);
        Path one = adapter(base, config, "one");
        Path other = adapter(base, LORA, "other");
        check(base, one, other);
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"BF16", "I8", "Q4"})
    void soDoAdaptersOverABaseOfFewerBits(ElementType type) {
        Path base = folder.resolve("quantised");
        new Quantiser(type).quantise(new Golden("llama-tied").model(), base);
        check(base, adapter(base, LORA.withDora(true), "one"), adapter(base, LORA, "other"));
    }

    private void check(Path base, Path one, Path other) {
        int[] tokens = random.ints(TOKENS, 0, 20).toArray();
        List<float[][]> expected = new ArrayList<>();
        for (Optional<Path> adapter : List.of(Optional.<Path>empty(), Optional.of(one), Optional.of(other))) {
            expected.add(alone(base, adapter, tokens));
        }
        assertThat(expected.get(1)[TOKENS - 1]).isNotEqualTo(expected.get(0)[TOKENS - 1]);
        assertThat(expected.get(1)[TOKENS - 1]).isNotEqualTo(expected.get(2)[TOKENS - 1]);
        try (Decoder decoder = Decoder.load(base, workers);
                AdaptedDecoder first = decoder.adapted(one);
                AdaptedDecoder second = decoder.adapted(other)) {
            List<? extends TokenModel> models = List.of(decoder, first, second);
            // Base, first, second, base, first, second: neighbours never have the same adapter.
            List<TokenModel.Context> contexts = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                contexts.add(models.get(i % 3).newContext());
            }
            for (int position = 0; position < TOKENS; ) {
                // Pieces of one token and of several.
                int length = Math.min(1 + position % 3, TOKENS - position);
                List<TokenModel.Feed> feeds = new ArrayList<>();
                for (TokenModel.Context context : contexts) {
                    int[] piece = Arrays.copyOfRange(tokens, position, position + length);
                    feeds.add(new TokenModel.Feed(context, piece, new float[decoder.vocabularySize()]));
                }
                decoder.step(feeds);
                position += length;
                for (int i = 0; i < feeds.size(); i++) {
                    assertThat(feeds.get(i).logits()[0]).containsExactly(expected.get(i % 3)[position - 1]);
                }
            }
            contexts.forEach(TokenModel.Context::close);
        }
    }

    /** Logits after each token of a decoder that is loaded with the adapter; those of the training pass, too. */
    private float[][] alone(Path base, Optional<Path> adapter, int[] tokens) {
        try (Decoder decoder = Decoder.load(base, adapter, workers);
                TokenModel.Context context = decoder.newContext()) {
            float[][] logits = new float[tokens.length][decoder.vocabularySize()];
            context.append(tokens, logits[tokens.length - 1]);
            context.truncate(0);
            for (int i = 0; i < tokens.length; i++) {
                context.append(new int[] {tokens[i]}, logits[i]);
            }
            int[] labels = tokens.clone();
            float[][] trained = RowLogits.of(base, adapter, workers, new Sequence(tokens, labels), tokens, 0);
            for (int i = 0; i < trained.length; i++) {
                assertThat(logits[i]).containsExactly(trained[i]);
            }
            return logits;
        }
    }

    @Test
    void anAdapterComesAndGoesWhileOthersAnswer() throws IOException {
        Path base = model("llama");
        Path one = adapter(base, LORA, "one");
        int[] tokens = random.ints(TOKENS, 0, 20).toArray();
        float[][] expected = alone(base, Optional.empty(), tokens);
        try (Decoder decoder = Decoder.load(base, workers);
                TokenModel.Context context = decoder.newContext()) {
            float[] logits = new float[decoder.vocabularySize()];
            for (int i = 0; i < TOKENS; i++) {
                try (AdaptedDecoder adapted = decoder.adapted(one)) {
                    assertThat(adapted.layers()).isPositive();
                    context.append(new int[] {tokens[i]}, logits);
                }
                assertThat(logits).containsExactly(expected[i]);
            }
        }
    }

    @Test
    void anAdapterOfAnotherModelIsRefusedAndTheDecoderGoesOn() throws IOException {
        Path base = model("llama");
        Path foreign = adapter(model("gpt2"), LORA, "foreign");
        model("llama");
        try (Decoder decoder = Decoder.load(base, workers);
                TokenModel.Context context = decoder.newContext()) {
            assertThatThrownBy(() -> decoder.adapted(foreign))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("belongs to another model");
            assertThatThrownBy(() -> decoder.adapted(folder.resolve("nowhere")))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("nowhere");
            context.append(new int[] {1}, new float[decoder.vocabularySize()]);
            assertThat(context.length()).isOne();
        }
    }

    private Path model(String modelType) throws IOException {
        ObjectNode config = RandomModels.config(modelType, random);
        // Some scalings rotate a prompt in another way than the whole sequence.
        config.remove(List.of("rope_scaling", "rope_parameters"));
        config.put("max_position_embeddings", 64);
        Path model = Files.createDirectories(folder.resolve(modelType));
        RandomModels.write(model, config, RandomModels.weights(config, random));
        return model;
    }

    /** A random adapter. */
    private Path adapter(Path base, PeftConfig config, String name) {
        Path saved = folder.resolve(name);
        try (DecoderPolicy policy = DecoderPolicy.adapt(base, config, 1, workers)) {
            for (Parameter parameter : policy.parameters()) {
                for (long i = 0; i < parameter.size(); i++) {
                    float moved = (float) (parameter.get(i) + 0.2 * random.nextGaussian());
                    parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
                }
            }
            PeftWriter.plain().write(saved, policy.adapter().orElseThrow());
        }
        return saved;
    }
}

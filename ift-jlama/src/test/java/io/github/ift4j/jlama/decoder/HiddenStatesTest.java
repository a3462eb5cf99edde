package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.parallel.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hidden states after the final norm against the plain forward pass in float64. */
class HiddenStatesTest {
    private final Workers workers = new Workers(2);

    @TempDir
    Path folder;

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.RandomModels#modelTypes")
    void areThoseOfTheReference(String modelType) throws IOException {
        Random random = new Random(5);
        ObjectNode config = RandomModels.config(modelType, random);
        var weights = RandomModels.weights(config, random);
        RandomModels.write(folder, config, weights);
        ReferenceDecoder reference = new ReferenceDecoder(config, RandomModels.inFloat64(weights));
        try (Decoder decoder = Decoder.load(folder, workers);
                TokenModel.Context context = decoder.newContext()) {
            int[] tokens = RandomModels.tokens(config, Math.min(20, decoder.contextLength()), random);
            float[][] states = new float[tokens.length][decoder.hiddenSize()];
            decoder.hiddenStates(List.of(new TokenModel.Feed(context, tokens, states)));
            double[][] expected = reference.hiddenStates(reference.embed(tokens));
            for (int p = 0; p < tokens.length; p++) {
                for (int i = 0; i < states[p].length; i++) {
                    // Float32 against float64 through all layers, as for logits elsewhere.
                    assertThat((double) states[p][i])
                            .as("%s at %s of %s", i, p, config)
                            .isCloseTo(expected[p][i], within(5e-5 * (1 + Math.abs(expected[p][i]))));
                }
            }
            assertThat(context.length()).isEqualTo(tokens.length);
        }
    }

    @Test
    void doNotDependOnHowASequenceIsDividedNorOnOthers() {
        Golden golden = new Golden("llama");
        try (Decoder decoder = Decoder.load(golden.model(), workers);
                TokenModel.Context whole = decoder.newContext();
                TokenModel.Context pieces = decoder.newContext();
                TokenModel.Context other = decoder.newContext()) {
            int[] tokens = golden.tokens();
            float[][] expected = new float[tokens.length][decoder.hiddenSize()];
            decoder.hiddenStates(List.of(new TokenModel.Feed(whole, tokens, expected)));
            for (int p = 0; p < tokens.length; p++) {
                float[][] row = new float[1][decoder.hiddenSize()];
                decoder.hiddenStates(List.of(
                        new TokenModel.Feed(other, new int[] {3}, new float[1][decoder.hiddenSize()]),
                        new TokenModel.Feed(pieces, Arrays.copyOfRange(tokens, p, p + 1), row)));
                assertThat(row[0]).containsExactly(expected[p]);
            }
        }
    }

    @Test
    void rowsOfAnotherWidthAreRefused() {
        try (Decoder decoder = Decoder.load(new Golden("llama").model(), workers);
                TokenModel.Context context = decoder.newContext()) {
            TokenModel.Feed narrow = new TokenModel.Feed(context, new int[] {1}, new float[1][3]);
            assertThatThrownBy(() -> decoder.hiddenStates(List.of(narrow)))
                    .hasMessageContaining("needs room for " + decoder.hiddenSize() + " numbers, has 3");
        }
    }
}

package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.SamplingParameters;
import io.github.ift4j.jlama.generation.TextModel;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine that answers prompts against PyTorch's logits. */
class GoldenGenerationTest {
    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void theFirstTokenAfterEachPromptIsTheMostProbableOne(String architecture) {
        Golden golden = new Golden(architecture);
        double[] logits = golden.tensor("forward.safetensors", "first_logits");
        List<Integer> shape = golden.shape("forward.safetensors", "first_logits");
        int vocabulary = shape.getLast();
        try (TextModel model = TextModel.load(golden.model())) {
            for (int s = 0; s < shape.getFirst(); s++) {
                Sequence sequence = golden.batch().get(s);
                for (int length = 1; length <= sequence.length(); length++) {
                    int[] prompt = Arrays.copyOf(sequence.inputIds(), length);
                    GenerationResult answer = model.generate(
                            new GenerationRequest(prompt, 1, SamplingParameters.GREEDY, List.of(), Set.of()));
                    int at = (s * shape.get(1) + length - 1) * vocabulary;
                    assertThat(answer.tokens()).containsExactly(argmax(logits, at, vocabulary));
                }
            }
        }
    }

    private static int argmax(double[] logits, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (logits[from + i] > logits[from + best]) {
                best = i;
            }
        }
        return best;
    }
}

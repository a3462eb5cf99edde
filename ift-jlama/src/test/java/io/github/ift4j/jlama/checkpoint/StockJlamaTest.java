package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.decoder.Golden;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StockJlamaTest {
    private static final Golden LLAMA = new Golden("llama");

    private Arena arena;
    private HuggingFaceDirectory directory;
    private List<Float32Tensor> tensors;

    @BeforeEach
    void loadGoldenModel() {
        arena = Arena.ofShared();
        directory = HuggingFaceDirectory.open(LLAMA.model());
        HuggingFaceWeightLoader loader = new HuggingFaceWeightLoader(directory, arena);
        tensors = directory.tensorNames().stream()
                .map(name -> {
                    List<Integer> shape = directory.tensor(name).shape();
                    return new Float32Tensor(name, shape, loader.load(name, shape));
                })
                .toList();
    }

    @AfterEach
    void release() {
        directory.close();
        arena.close();
    }

    @Test
    void computesPyTorchsLogitsOverOurMemory() {
        try (StockJlama model = StockJlama.over(directory.config(), tensors)) {
            assertLogits(model.logits(LLAMA.tokens()), LLAMA.logits(0));
        }
    }

    @Test
    void computesPyTorchsLogitsFromTheFolder() {
        try (StockJlama model = StockJlama.loaded(LLAMA.model())) {
            assertLogits(model.logits(LLAMA.tokens()), LLAMA.logits(0));
        }
    }

    @Test
    void seesAChangeOfTheMemoryAtOnce() {
        int[] prompt = Arrays.copyOf(LLAMA.tokens(), 6);
        MemorySegment head = segment("lm_head.weight");
        MemorySegment norm = segment("model.norm.weight");
        int hidden = 64;
        try (StockJlama model = StockJlama.over(directory.config(), tensors)) {
            int[] before = model.greedy(prompt, 4);
            int wanted = (before[0] + 1) % 288;
            float[] direction = new float[hidden];
            // The head row of the wanted token becomes the old winner's, twice as long: a larger logit if positive.
            for (int i = 0; i < hidden; i++) {
                direction[i] = head.getAtIndex(ValueLayout.JAVA_FLOAT, (long) before[0] * hidden + i);
                head.setAtIndex(ValueLayout.JAVA_FLOAT, (long) wanted * hidden + i, 2 * direction[i]);
            }
            assertThat(model.greedy(prompt, 1)).containsExactly(wanted);

            norm.fill((byte) 0);
            assertThat(model.logits(prompt)[0]).containsOnly(0f);
        }
    }

    private MemorySegment segment(String name) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findAny()
                .orElseThrow()
                .segment();
    }

    private static void assertLogits(float[][] actual, float[][] expected) {
        assertThat(Logits.difference(actual, expected)).isLessThanOrEqualTo(1e-5f * Logits.largest(expected));
    }
}

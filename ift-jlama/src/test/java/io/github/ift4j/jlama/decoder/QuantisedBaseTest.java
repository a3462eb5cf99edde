package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tjake.jlama.safetensors.DType;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.checkpoint.QuantisedByJlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models that Jlama has quantised answer, and are the frozen base of adapters, but do not learn themselves. */
class QuantisedBaseTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final PeftConfig LORA = PeftConfig.of(4, 8, new PeftTargets.AllLinear());

    private final Workers workers = new Workers(2);

    @TempDir
    Path temp;

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"Q4", "I8"})
    void servesAsTheSameModelInFloats(DType type) {
        Path quantised = QuantisedByJlama.of(LLAMA.model(), type, temp);
        Path floats = temp.resolve("dequantised");
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(quantised)) {
            HuggingFaceWriter.basedOn(files).write(floats, List.of());
        }
        float[] expected = logits(floats, Optional.empty());
        assertThat(logits(quantised, Optional.empty())).containsExactly(expected);
        assertThat(logits(LLAMA.model(), Optional.empty())).isNotEqualTo(expected);
    }

    @Test
    void anAdapterLearnsOverItAndIsMergedOnlyWhenAskedToDequantise() throws IOException {
        Path quantised = QuantisedByJlama.of(LLAMA.model(), DType.Q4, temp);
        Path adapter = temp.resolve("adapter");
        try (DecoderPolicy policy = DecoderPolicy.adapt(quantised, LORA, 1, workers);
                Optimizer optimizer =
                        OptimizerConfig.RmsPropConfig.withDefaults().create(policy.parameters(), workers)) {
            List<Sequence> batch = LLAMA.batch();
            double first = GoldenPolicyTest.accumulate(policy, IntuitiveFineTuning.of(0.2, 0.95), batch);
            double last = first;
            for (int step = 0; step < 10; step++) {
                optimizer.step(1e-2, 1);
                policy.clearGradients();
                last = GoldenPolicyTest.accumulate(policy, IntuitiveFineTuning.of(0.2, 0.95), batch);
            }
            assertThat(last).isLessThan(first - 0.5);
            PeftWriter.plain().write(adapter, policy.adapter().orElseThrow());
        }
        ModelMerger careful = new ModelMerger(ElementType.F32, false, workers);
        assertThatThrownBy(() -> careful.merge(quantised, adapter, temp.resolve("refused")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("Q4")
                .hasMessageContaining("--dequantize");
        assertThat(temp.resolve("refused")).doesNotExist();
        Path link = Files.createSymbolicLink(temp.resolve("link"), quantised);
        assertThatThrownBy(() -> new ModelMerger(ElementType.F32, true, workers).merge(quantised, adapter, link))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("holds the model itself");
        Path merged = temp.resolve("merged");
        ModelMerger.Result result = new ModelMerger(ElementType.F32, true, workers).merge(quantised, adapter, merged);
        assertThat(result.difference()).isLessThanOrEqualTo(1e-5);
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(merged)) {
            assertThat(files.isQuantised()).isFalse();
        }
    }

    @Test
    void itsOwnWeightsDoNotLearn() {
        Path quantised = QuantisedByJlama.of(LLAMA.model(), DType.Q4, temp);
        assertThatThrownBy(() -> DecoderPolicy.load(quantised, workers))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("Q4")
                .hasMessageContaining("LoRA");
    }

    private float[] logits(Path model, Optional<Path> adapter) {
        int[] tokens = LLAMA.tokens();
        try (Decoder decoder = Decoder.load(model, adapter, workers);
                TokenModel.Context context = decoder.newContext()) {
            float[] logits = new float[decoder.vocabularySize()];
            context.append(Arrays.copyOf(tokens, tokens.length - 1), logits);
            return logits;
        }
    }
}

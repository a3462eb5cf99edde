package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.github.tjake.jlama.tensor.AbstractTensor;
import io.github.ift4j.jlama.decoder.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceWeightLoaderTest {
    private static final Golden LLAMA = new Golden("llama");

    @TempDir
    Path folder;

    @Test
    void loadsWhatJlamasOwnLoaderLoads() {
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory directory = HuggingFaceDirectory.open(LLAMA.model());
                HuggingFaceWeightLoader ours = new HuggingFaceWeightLoader(directory, arena)) {
            WeightLoader stock = SafeTensorSupport.loadWeights(LLAMA.model().toFile());
            assertThat(ours.tensorInfoMap().keySet())
                    .isEqualTo(stock.tensorInfoMap().keySet())
                    .hasSize(21);
            for (String name : ours.tensorInfoMap().keySet()) {
                AbstractTensor<?, ?> expected = stock.load(name);
                AbstractTensor<?, ?> actual = ours.load(name);
                assertThat(actual.shape()).isEqualTo(expected.shape());
                assertThat(actual.getMemorySegment().mismatch(expected.getMemorySegment()))
                        .as(name)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void givesTheMemoryUnderTheJlamaTensorAndLoadsItOnce() {
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory directory = HuggingFaceDirectory.open(LLAMA.model())) {
            HuggingFaceWeightLoader loader = new HuggingFaceWeightLoader(directory, arena);

            MemorySegment segment = loader.load("lm_head.weight", List.of(288, 64));

            assertThat(segment.address() % 64).isZero();
            assertThat(loader.load("lm_head.weight").getMemorySegment().address())
                    .isEqualTo(segment.address());
            assertThat(loader.load("lm_head.weight", List.of(288, 64)).address())
                    .isEqualTo(segment.address());
            assertThatThrownBy(() -> loader.load("lm_head.weight", List.of(64, 288)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("has shape [288, 64], by config.json it should be [64, 288]");
            assertThatThrownBy(() -> loader.load("lm_head.wait"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("'lm_head.weight'");
        }
    }

    @Test
    void loadsHalvesAsFloat32() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        String header = "{" + RawSafetensors.entry("half", "F16", "[2]", 0, 4) + ","
                + RawSafetensors.entry("brain", "BF16", "[2]", 4, 8) + "}";
        RawSafetensors.write(folder.resolve("model.safetensors"), header, new byte[] {
            0x00, 0x3c, 0x00, (byte) 0xc0, (byte) 0x80, 0x3f, 0x20, (byte) 0xc0
        });
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            HuggingFaceWeightLoader loader = new HuggingFaceWeightLoader(directory, arena);

            assertThat(loader.load("half").get(0, 0)).isEqualTo(1f);
            assertThat(loader.load("half").get(0, 1)).isEqualTo(-2f);
            assertThat(loader.load("brain").get(0, 0)).isEqualTo(1f);
            assertThat(loader.load("brain").get(0, 1)).isEqualTo(-2.5f);
            assertThat(loader.load("half").dType()).isEqualTo(DType.F32);
            assertThat(loader.tensorInfoMap().get("half").dType).isEqualTo(DType.F32);
        }
    }
}

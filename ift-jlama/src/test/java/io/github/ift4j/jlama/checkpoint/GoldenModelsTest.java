package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import io.github.ift4j.jlama.decoder.Golden;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that HuggingFace wrote, one an architecture. */
class GoldenModelsTest {
    @TempDir
    Path parent;

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void areReadAsJlamaReadsThemAndWrittenBackBitForBit(String architecture) {
        Path model = new Golden(architecture).model();
        Path out = parent.resolve("out");
        WeightLoader stock = SafeTensorSupport.loadWeights(model.toFile());
        try (Arena arena = Arena.ofShared();
                HuggingFaceDirectory directory = HuggingFaceDirectory.open(model)) {
            HuggingFaceWeightLoader loader = new HuggingFaceWeightLoader(directory, arena);
            assertThat(directory.tensorNames())
                    .isEqualTo(stock.tensorInfoMap().keySet())
                    .isNotEmpty();
            List<Float32Tensor> tensors = directory.tensorNames().stream()
                    .map(name -> {
                        List<Integer> shape = directory.tensor(name).shape();
                        assertThat(loader.load(name)
                                        .getMemorySegment()
                                        .mismatch(stock.load(name).getMemorySegment()))
                                .as(name)
                                .isEqualTo(-1);
                        return new Float32Tensor(name, shape, loader.load(name, shape));
                    })
                    .toList();

            HuggingFaceWriter.basedOn(directory).write(out, tensors);

            try (HuggingFaceDirectory written = HuggingFaceDirectory.open(out)) {
                assertThat(written.tensorNames()).hasSameElementsAs(directory.tensorNames());
                for (Float32Tensor tensor : tensors) {
                    assertThat(written.tensor(tensor.name()).shape()).isEqualTo(tensor.shape());
                    assertThat(written.tensor(tensor.name()).segment().mismatch(tensor.segment()))
                            .as(tensor.name())
                            .isEqualTo(-1);
                }
            }
        }
    }
}

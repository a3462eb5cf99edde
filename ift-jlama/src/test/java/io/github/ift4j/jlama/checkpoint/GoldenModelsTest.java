package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that HuggingFace wrote, one an architecture; skipped where the shared data is absent. */
class GoldenModelsTest {
    @TempDir
    Path parent;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama-tied",
                "llama3",
                "mistral",
                "qwen2",
                "gemma",
                "gemma2",
                "granite",
                "mixtral",
                "gpt2"
            })
    void areReadAsJlamaReadsThemAndWrittenBackBitForBit(String architecture) throws IOException {
        Path model = golden().resolve(architecture).resolve("model");
        assumeTrue(Files.isDirectory(model), () -> model + " is not there");
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

    private static Path golden() throws IOException {
        try (Stream<Path> parents = Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)) {
            return parents.filter(folder -> Files.exists(folder.resolve("LICENSE")))
                    .findFirst()
                    .map(root -> root.resolveSibling("shared/golden"))
                    .orElse(Path.of("golden"));
        }
    }
}

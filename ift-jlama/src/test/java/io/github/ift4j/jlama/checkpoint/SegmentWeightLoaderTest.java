package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.AbstractTensor;
import io.github.ift4j.core.policy.Parameter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentWeightLoaderTest {
    @Test
    void servesAParametersOwnMemory() {
        try (Arena arena = Arena.ofShared()) {
            Parameter parameter = new Parameter("w", List.of(2, 3), arena.allocate(24, 64), arena.allocate(24, 64));
            parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, 5, 7);
            SegmentWeightLoader loader = new SegmentWeightLoader(List.of(Float32Tensor.of(parameter)));

            AbstractTensor<?, ?> tensor = loader.load("w");

            assertThat(tensor.getMemorySegment().address())
                    .isEqualTo(parameter.value().address());
            assertThat(tensor.get(1, 2)).isEqualTo(7);
            parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, 5, 8);
            assertThat(tensor.get(1, 2)).isEqualTo(8);
            assertThat(loader.getModelDType()).isEqualTo(DType.F32);
            assertThat(loader.isWeightPresent("w")).isTrue();
            assertThat(loader.tensorInfoMap().get("w").shape).containsExactly(2, 3);
        }
    }

    @Test
    void refusesToReadThroughATensorWhoseArenaIsClosed() {
        AbstractTensor<?, ?> tensor;
        try (Arena arena = Arena.ofShared()) {
            tensor = loader(new Float32Tensor("w", List.of(4), arena.allocate(16, 4)))
                    .load("w");
            assertThat(tensor.get(0, 3)).isZero();
        }
        assertThatThrownBy(() -> tensor.get(0, 3)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesMemoryThatJlamaCouldOnlyCopyOrNotReach() {
        try (Arena confined = Arena.ofConfined()) {
            refuses(new Float32Tensor("w", List.of(1), confined.allocate(4, 4)), "native memory that all threads");
        }
        refuses(new Float32Tensor("w", List.of(1), MemorySegment.ofArray(new float[1])), "native memory");
        refuses(new Float32Tensor("w", List.of(), Arena.ofAuto().allocate(4, 4)), "no form in Jlama");
    }

    @Test
    void refusesATensorThatJlamaCannotAddress(@TempDir Path folder) throws IOException {
        int rows = (1 << 29) + 1;
        try (Arena arena = Arena.ofShared();
                FileChannel sparse = FileChannel.open(
                        folder.resolve("large"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            MemorySegment large = sparse.map(FileChannel.MapMode.READ_WRITE, 0, rows * 4L, arena);

            refuses(new Float32Tensor("w", List.of(rows, 1), large), "Jlama's tensors end at 2 GiB");
        }
    }

    @Test
    void namesTheNearestTensorWhenThereIsNone() {
        SegmentWeightLoader loader =
                loader(new Float32Tensor("weight", List.of(1), Arena.ofAuto().allocate(4, 4)));

        assertThatThrownBy(() -> loader.load("wight"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("'weight'");
        assertThat(loader.isWeightPresent("wight")).isFalse();
    }

    private static SegmentWeightLoader loader(Float32Tensor tensor) {
        return new SegmentWeightLoader(List.of(tensor));
    }

    private static void refuses(Float32Tensor tensor, String complaint) {
        assertThatThrownBy(() -> loader(tensor).load(tensor.name()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(complaint);
    }
}

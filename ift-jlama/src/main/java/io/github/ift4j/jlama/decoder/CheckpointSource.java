package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWeightLoader;
import io.github.ift4j.jlama.checkpoint.QuantisedBlocks;
import io.github.ift4j.jlama.checkpoint.TensorEntry;
import io.github.ift4j.jlama.kernel.StoredWeights;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The weights of a HuggingFace directory. */
record CheckpointSource(HuggingFaceDirectory files) implements WeightSource {
    @Override
    public boolean has(String name) {
        return files.tensorNames().contains(name);
    }

    @Override
    public MemorySegment load(String name, List<Integer> shape, Arena arena) {
        return new HuggingFaceWeightLoader(files, arena).load(name, shape);
    }

    @Override
    public Optional<StoredWeights> stored(String name, int rows, int cols) {
        files.check(name, List.of(rows, cols));
        Optional<QuantisedBlocks> blocks = files.quantised(name);
        if (blocks.isPresent()) {
            TensorEntry numbers = blocks.get().numbers();
            WeightFormat format = numbers.type() == ElementType.Q4 ? WeightFormat.FOUR_BITS : WeightFormat.EIGHT_BITS;
            MemorySegment factors = blocks.get().factors().segment();
            return Optional.of(new StoredWeights(format, rows, cols, numbers.segment(), factors));
        }
        TensorEntry tensor = files.tensor(name);
        return switch (tensor.type()) {
            case F32 -> Optional.of(StoredWeights.of(WeightFormat.FLOAT32, rows, cols, tensor.segment()));
            case BF16 -> Optional.of(StoredWeights.of(WeightFormat.BFLOAT16, rows, cols, tensor.segment()));
            default -> Optional.empty();
        };
    }
}

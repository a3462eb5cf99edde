package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWeightLoader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

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
}

package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A low-rank adapter: its configuration and the factors of each layer that it changes.
 *
 * @param config what it is
 * @param modules the factors by the full name of the layer, such as {@code model.layers.0.self_attn.q_proj}
 */
public record PeftAdapter(PeftConfig config, Map<String, Factors> modules) {
    /** The file of the factors in the folder of an adapter. */
    public static final String WEIGHTS_FILE = "adapter_model.safetensors";

    /** What the name of each tensor begins with: PEFT's two wrappers around the model. */
    public static final String PREFIX = "base_model.model.";

    /**
     * The factors of a layer in float32, native byte order, row-major, in memory that somebody else owns.
     *
     * @param rank r
     * @param inputs width of the layer's input
     * @param outputs width of its output
     * @param a A, [r, inputs], whatever the layout of the base's weight
     * @param b B, [outputs, r]
     * @param magnitude DoRA's length of each row of the adapted weight, [outputs]; null without DoRA
     */
    public record Factors(
            int rank, int inputs, int outputs, MemorySegment a, MemorySegment b, MemorySegment magnitude) {
        /** @throws IllegalArgumentException when the memory does not fit the sizes */
        public Factors {
            checkBytes("A", a, (long) rank * inputs);
            checkBytes("B", b, (long) outputs * rank);
            if (magnitude != null) {
                checkBytes("the magnitude", magnitude, outputs);
            }
        }

        private static void checkBytes(String name, MemorySegment segment, long elements) {
            Preconditions.checkArgument(
                    elements > 0 && segment.byteSize() == elements * Float.BYTES,
                    "%s needs %s float32 numbers, got %s bytes",
                    name,
                    elements,
                    segment.byteSize());
        }
    }

    /** @throws IllegalArgumentException when a layer's rank, or whether it has a magnitude, differs from the configuration's */
    public PeftAdapter {
        modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
        for (Map.Entry<String, Factors> module : modules.entrySet()) {
            int rank = module.getValue().rank();
            Preconditions.checkArgument(
                    rank == config.rank(module.getKey()),
                    "%s has rank %s, by the configuration it is %s",
                    module.getKey(),
                    rank,
                    config.rank(module.getKey()));
            Preconditions.checkArgument(
                    (module.getValue().magnitude() != null) == config.useDora(),
                    "%s must have a magnitude with DoRA and only then",
                    module.getKey());
        }
    }

    /**
     * Reads an adapter that PEFT or {@link PeftWriter} has written.
     *
     * @param folder holds {@code adapter_config.json} and {@code adapter_model.safetensors}
     * @param arena owner of the factors' memory, which is aligned to 64 bytes
     * @throws CheckpointException when a file is missing or damaged, the configuration states something that is not supported
     *     (see {@link PeftConfig#read}), shapes do not fit each other or the rank, a number is not finite, or a tensor is none
     *     of a low-rank adapter of linear layers
     */
    public static PeftAdapter read(Path folder, Arena arena) {
        return PeftAdapterReader.read(folder, arena);
    }
}

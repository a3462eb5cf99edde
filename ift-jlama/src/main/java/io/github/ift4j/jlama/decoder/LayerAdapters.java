package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.kernel.Gemm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;

/**
 * The adapters of a decoder's layers, kept beside the layers, so that several sets of them can share one copy of the weights.
 *
 * @param layers those that have one, by their layer
 */
record LayerAdapters(Map<Linear, LowRank> layers) {
    /** No layer has one. */
    static final LayerAdapters NONE = new LayerAdapters(Map.of());

    LayerAdapters {
        layers = Map.copyOf(layers);
    }

    /**
     * Those of a PEFT folder.
     *
     * @param modules the layers, by the name that adapters know them by
     * @param arena owner of the adapters' memory
     * @param turn held while the workers are used for a layer, so that steps of the decoder may come in between
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when the folder cannot be used or belongs to another model
     */
    static LayerAdapters load(
            Path folder, Map<String, Linear> modules, Arena arena, Workers workers, Gemm gemm, Lock turn) {
        LowRankAdapters adapters = LowRankAdapters.loaded(PeftAdapter.read(folder, arena), arena, workers, gemm);
        Map<Linear, LowRank> layers = new HashMap<>();
        modules.forEach((module, linear) -> {
            turn.lock();
            try (Arena temporary = Arena.ofShared()) {
                LowRank adapter = adapters.attach(module, linear.base(workers, temporary));
                if (adapter != null) {
                    layers.put(linear, adapter);
                }
            } finally {
                turn.unlock();
            }
        });
        adapters.checkComplete();
        return new LayerAdapters(layers);
    }
}

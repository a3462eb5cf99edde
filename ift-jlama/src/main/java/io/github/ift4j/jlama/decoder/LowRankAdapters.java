package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.random.SplitMix64;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.checkpoint.PeftAdapter.Factors;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The low-rank adapters of a decoder: new ones that are to learn, or those of a PEFT folder. */
final class LowRankAdapters implements AdapterSource {
    private static final long ALIGNMENT = 64;

    private final PeftConfig config;
    private final Optional<PeftAdapter> loaded;
    private final long seed;
    private final Arena arena;
    private final Workers workers;
    private final Gemm gemm;
    private final Map<String, Factors> attached = new LinkedHashMap<>();
    private final Set<String> offered = new LinkedHashSet<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<LowRank> layers = new ArrayList<>();

    private LowRankAdapters(
            PeftConfig config, Optional<PeftAdapter> loaded, long seed, Arena arena, Workers workers, Gemm gemm) {
        this.config = config;
        this.loaded = loaded;
        this.seed = seed;
        this.arena = arena;
        this.workers = workers;
        this.gemm = gemm;
    }

    /**
     * New adapters, which change nothing before they have learned: A is uniform in ±1 / sqrt(in), B zero, as PEFT starts them.
     *
     * @param seed of A
     * @param arena owner of their memory
     */
    static LowRankAdapters fresh(PeftConfig config, long seed, Arena arena, Workers workers, Gemm gemm) {
        return new LowRankAdapters(config, Optional.empty(), seed, arena, workers, gemm);
    }

    /** Adapters of a folder; they do not learn. */
    static LowRankAdapters loaded(PeftAdapter adapter, Arena arena, Workers workers, Gemm gemm) {
        return new LowRankAdapters(adapter.config(), Optional.of(adapter), 0, arena, workers, gemm);
    }

    @Override
    public LowRank attach(String module, Matrix base, boolean transposed) {
        offered.add(module);
        int inputs = transposed ? base.rows() : base.cols();
        int outputs = transposed ? base.cols() : base.rows();
        Factors factors = loaded.isPresent()
                ? loaded.get().modules().get(module)
                : config.targets(module) ? fresh(module, inputs, outputs, base, transposed) : null;
        if (factors == null) {
            return null;
        }
        if (factors.inputs() != inputs || factors.outputs() != outputs) {
            throw new CheckpointException("the adapter of " + module + " maps " + factors.inputs() + " to "
                    + factors.outputs() + ", the model's layer " + inputs + " to " + outputs
                    + "; it belongs to another model");
        }
        attached.put(module, factors);
        String name = PeftAdapter.PREFIX + module;
        Weight a = weight(name + ".lora_A.weight", factors.a(), factors.rank(), inputs);
        Weight b = weight(name + ".lora_B.weight", factors.b(), outputs, factors.rank());
        Magnitude magnitude = null;
        if (factors.magnitude() != null) {
            magnitude = new Magnitude(weight(name + ".lora_magnitude_vector", factors.magnitude(), 1, outputs), arena);
            magnitude.refresh(workers, gemm, base, transposed, a.value(), b.value(), config.scale(module));
        }
        LowRank layer = new LowRank(module.hashCode(), a, b, config.scale(module), (float) config.dropout(), magnitude);
        layers.add(layer);
        return layer;
    }

    private Factors fresh(String module, int inputs, int outputs, Matrix base, boolean transposed) {
        int rank = config.rank(module);
        MemorySegment a = arena.allocate((long) rank * inputs * Float.BYTES, ALIGNMENT);
        MemorySegment b = arena.allocate((long) outputs * rank * Float.BYTES, ALIGNMENT);
        SplitMix64 random = SplitMix64.of(seed, module.hashCode(), 0);
        double bound = 1 / Math.sqrt(inputs);
        for (long i = 0; i < (long) rank * inputs; i++) {
            a.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) ((2 * random.nextDouble() - 1) * bound));
        }
        MemorySegment magnitude = null;
        if (config.useDora()) {
            magnitude = arena.allocate((long) outputs * Float.BYTES, ALIGNMENT);
            double[] norms = Magnitude.norms(
                    workers, gemm, base, transposed, Matrix.of(a, rank, inputs), Matrix.of(b, outputs, rank), 0);
            for (int i = 0; i < outputs; i++) {
                magnitude.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) norms[i]);
            }
        }
        return new Factors(rank, inputs, outputs, a, b, magnitude);
    }

    private Weight weight(String name, MemorySegment value, int rows, int cols) {
        Matrix matrix = Matrix.of(value, rows, cols);
        if (loaded.isPresent()) {
            return Weight.frozen(matrix);
        }
        List<Integer> shape = rows == 1 && name.endsWith("vector") ? List.of(cols) : List.of(rows, cols);
        Parameter parameter = new Parameter(name, shape, value, arena.allocate(value.byteSize(), ALIGNMENT));
        parameters.add(parameter);
        return new Weight(matrix, parameter);
    }

    /**
     * To be called when every layer was offered.
     *
     * @throws CheckpointException when an adapter belongs to no layer, or no layer has one
     */
    void checkComplete() {
        if (loaded.isPresent()) {
            for (String module : loaded.get().modules().keySet()) {
                if (!attached.containsKey(module)) {
                    throw new CheckpointException("the adapter changes " + module
                            + ", which the model does not have; it belongs to another model");
                }
            }
        } else if (attached.isEmpty()) {
            Set<String> names = new LinkedHashSet<>();
            offered.forEach(module -> names.add(module.substring(module.lastIndexOf('.') + 1)));
            throw new CheckpointException("no layer of the model is called as the adapter's targets " + config.targets()
                    + "; its linear layers are called " + String.join(", ", names));
        }
    }

    /**
     * Stand-ins that stay as the adapters are now: none where these have learned nothing yet.
     *
     * @param owner of the memory of the stand-ins
     */
    AdapterChoice asTheyAre(Arena owner) {
        if (layers.stream().allMatch(LowRank::isFresh)) {
            return AdapterChoice.NONE;
        }
        Map<LowRank, LowRank> copies = new IdentityHashMap<>();
        layers.forEach(layer -> copies.put(layer, layer.copy(owner)));
        return copies::get;
    }

    /** What learns; empty for loaded adapters. */
    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    /** The adapters over the memory that they live in. */
    PeftAdapter adapter() {
        return new PeftAdapter(config, attached);
    }
}

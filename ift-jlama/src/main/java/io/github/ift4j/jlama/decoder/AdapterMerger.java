package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.TensorNames;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.checkpoint.PeftAdapter.Factors;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.VectorGemm;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Adds an adapter into the weights of its base: W + scale · B · A, with DoRA each row of that brought to its magnitude. */
final class AdapterMerger {
    private final HuggingFaceDirectory base;
    private final DecoderConfig config;
    private final Arena arena;

    /**
     * @param base the model that the adapter belongs to; stays open
     * @param arena owner of the merged weights
     */
    AdapterMerger(HuggingFaceDirectory base, Arena arena) {
        this.base = base;
        this.arena = arena;
        config = DecoderConfig.of(
                base.config(), base.path().resolve("config.json").toString());
    }

    /**
     * The changed weights in float32; all others of the base stay as they are.
     *
     * @param workers threads to compute on
     * @throws CheckpointException when the adapter changes a layer that the base does not have, or whose sizes differ
     */
    List<Float32Tensor> merge(PeftAdapter adapter, Workers workers) {
        List<Float32Tensor> merged = new ArrayList<>();
        try (Gemm gemm = new VectorGemm(workers)) {
            for (Map.Entry<String, Factors> module : adapter.modules().entrySet()) {
                float scale = adapter.config().scale(module.getKey());
                merged.add(merge(tensorName(module.getKey()), module.getValue(), scale, workers, gemm));
            }
        }
        return merged;
    }

    private String tensorName(String module) {
        String name = module + ".weight";
        if (base.tensorNames().contains(name)) {
            return name;
        }
        String prefix = config.names().prefix();
        String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
        if (!base.tensorNames().contains(bare)) {
            throw new CheckpointException(base.path() + ": the adapter changes " + module
                    + ", which the model does not have; it belongs to another model");
        }
        return bare;
    }

    private Float32Tensor merge(String name, Factors factors, float scale, Workers workers, Gemm gemm) {
        TensorNames names = config.names();
        boolean transposed = names.transposed();
        int rows = transposed ? factors.inputs() : factors.outputs();
        int cols = transposed ? factors.outputs() : factors.inputs();
        Float32Tensor tensor =
                new Float32Tensor(name, List.of(rows, cols), base.readFloat32(name, List.of(rows, cols), arena));
        Matrix weight = Matrix.of(tensor.segment(), rows, cols);
        try (Arena temporary = Arena.ofShared()) {
            Matrix a = Matrix.of(factors.a(), factors.rank(), factors.inputs());
            Matrix b = Matrix.of(factors.b(), factors.outputs(), factors.rank());
            double[] norms = factors.magnitude() == null
                    ? null
                    : Magnitude.norms(workers, gemm, Weight.frozen(weight), transposed, a, b, scale);
            Matrix scaled = Matrix.allocate(temporary, b.rows(), b.cols());
            scaled.copyFrom(b);
            Rows.scale(workers, scaled, scale);
            if (transposed) {
                gemm.multiply(Form.A_BT, a.transposed(temporary), scaled, weight, true);
            } else {
                gemm.multiply(Form.A_B, scaled, a, weight, true);
            }
            if (norms != null) {
                Matrix magnitude = Matrix.of(factors.magnitude(), 1, factors.outputs());
                bring(weight, transposed, magnitude, norms);
            }
        }
        return tensor;
    }

    /** Multiplies the weights of each output so that their norm becomes the output's magnitude. */
    private static void bring(Matrix weight, boolean transposed, Matrix magnitude, double[] norms) {
        for (int row = 0; row < weight.rows(); row++) {
            for (int col = 0; col < weight.cols(); col++) {
                int output = transposed ? col : row;
                double gain = magnitude.get(0, output) / norms[output];
                weight.set(row, col, (float) (weight.get(row, col) * gain));
            }
        }
    }
}

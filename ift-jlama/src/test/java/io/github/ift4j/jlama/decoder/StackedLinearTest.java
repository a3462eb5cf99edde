package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Matrices;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.VectorGemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One product for layers of one input gives what a product for each gives, bit for bit. */
class StackedLinearTest {
    private static final int ROWS = 37;
    private static final int INPUTS = 48;
    private static final int[] WIDTHS = {64, 16, 16};
    private static final int OUTPUTS = 96;

    private final Workers workers = new Workers(2);
    private final VectorGemm gemm = new VectorGemm(workers);
    private final Arena arena = Arena.ofShared();
    private final Scratch scratch = new Scratch();
    private final Compute compute = Compute.on(workers, gemm, scratch);

    @AfterEach
    void close() {
        scratch.close();
        gemm.close();
        workers.close();
        arena.close();
    }

    @Test
    void outputsAndInputGradientsAreThoseOfTheParts() {
        Matrix x = random(ROWS, INPUTS, 1);
        Matrix dOut = random(ROWS, OUTPUTS, 2);
        List<Matrix> outs = new ArrayList<>();
        List<Matrix> gradients = new ArrayList<>();
        for (boolean together : new boolean[] {true, false}) {
            StackedLinear layers = layers(together);
            Matrix out = Matrix.allocate(arena, ROWS, OUTPUTS);
            layers.forward(compute, x, out);
            outs.add(out);
            Matrix dX = random(ROWS, INPUTS, 3);
            layers.backwardInput(compute, dOut, dX, true);
            gradients.add(dX);
        }
        assertSame(outs);
        assertSame(gradients);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void weightGradientsAreThoseOfTheParts(int begun) {
        Matrix x = random(ROWS, INPUTS, 1);
        Matrix dOut = random(ROWS, OUTPUTS, 2);
        List<Matrix> gradients = new ArrayList<>();
        for (boolean together : new boolean[] {true, false}) {
            StackedLinear layers = layers(together);
            if (begun >= 0) {
                layers.parts().get(begun).weight().gradient().set(1, 2, 3);
            }
            layers.backwardWeight(compute, x, dOut);
            layers.backwardWeight(compute, x, dOut);
            Matrix all = Matrix.allocate(arena, OUTPUTS, INPUTS);
            int row = 0;
            for (Linear part : layers.parts()) {
                all.rowRange(row, row + part.outputs()).copyFrom(part.weight().gradient());
                row += part.outputs();
            }
            gradients.add(all);
        }
        assertSame(gradients);
    }

    @Test
    void trainedModelsHaveTheWeightsOfALayersInputBelowEachOther() {
        DecoderConfig config = DecoderConfig.llama(64, INPUTS, 80, 1, AttentionConfig.of(3, 1, 16))
                .contextLength(ROWS)
                .build();
        try (DecoderPolicy policy = DecoderPolicy.initialise(config, new WeightInitialiser(1, 0.05f), workers)) {
            List<Parameter> queryKeyValue = policy.parameters().stream()
                    .filter(parameter -> parameter.name().matches(".*\\.[qkv]_proj\\.weight"))
                    .toList();
            assertThat(queryKeyValue).hasSize(3);
            assertFollow(queryKeyValue.stream().map(Parameter::value).toList());
            assertFollow(queryKeyValue.stream().map(Parameter::gradient).toList());
        }
    }

    @Test
    void sharesThatWouldNotBeAlignedLieElsewhere() {
        WeightStack stack = new WeightStack(arena, 3, 5);
        assertThat(stack.whole()).isEmpty();
        stack.allocate(5 * Float.BYTES, Float.BYTES);
        MemorySegment elsewhere = stack.allocate(10 * Float.BYTES, 64);
        assertThat(elsewhere.address() % 64).isZero();
        assertThat(stack.whole()).isEmpty();
    }

    private static void assertFollow(List<MemorySegment> segments) {
        for (int i = 1; i < segments.size(); i++) {
            MemorySegment before = segments.get(i - 1);
            assertThat(segments.get(i).address()).isEqualTo(before.address() + before.byteSize());
        }
    }

    private static void assertSame(List<Matrix> results) {
        Matrix expected = results.get(1);
        for (int row = 0; row < expected.rows(); row++) {
            assertThat(results.get(0).row(row)).containsExactly(expected.row(row));
        }
    }

    private StackedLinear layers(boolean together) {
        WeightStack values = new WeightStack(arena, OUTPUTS, INPUTS);
        WeightStack gradients = new WeightStack(arena, OUTPUTS, INPUTS);
        List<Linear> parts = new ArrayList<>();
        for (int width : WIDTHS) {
            Matrix value = Matrix.of(values.allocate((long) width * INPUTS * Float.BYTES, 64), width, INPUTS);
            value.copyFrom(random(width, INPUTS, parts.size()));
            MemorySegment gradient = gradients.allocate(value.segment().byteSize(), 64);
            Parameter parameter =
                    new Parameter("part" + parts.size(), List.of(width, INPUTS), value.segment(), gradient);
            parts.add(Linear.of(new Weight(value, parameter), false, null));
        }
        assertThat(values.whole()).isPresent();
        return together
                ? new StackedLinear(parts, values.whole(), gradients.whole())
                : new StackedLinear(parts, Optional.empty(), Optional.empty());
    }

    private Matrix random(int rows, int cols, long seed) {
        return Matrices.random(arena, rows, cols, new SplittableRandom(seed));
    }
}

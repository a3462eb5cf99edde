package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/** Parameters with random numbers in them. */
final class Parameters {
    private Parameters() {}

    static Parameter random(String name, int size, SplittableRandom random) {
        Arena arena = Arena.ofAuto();
        MemorySegment value = arena.allocate(ValueLayout.JAVA_FLOAT, size);
        MemorySegment gradient = arena.allocate(ValueLayout.JAVA_FLOAT, size);
        Parameter parameter = new Parameter(name, List.of(size), value, gradient);
        for (int i = 0; i < size; i++) {
            value.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        randomGradient(parameter, random);
        return parameter;
    }

    /** Gradients of very different sizes, zeros among them. */
    static void randomGradient(Parameter parameter, SplittableRandom random) {
        parameter.markGradient();
        for (int i = 0; i < parameter.size(); i++) {
            double exponent = -6 + 7 * random.nextDouble();
            float gradient = random.nextInt(10) == 0 ? 0 : (float) (random.nextGaussian() * Math.pow(10, exponent));
            parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, i, gradient);
        }
    }

    static float[] values(Parameter parameter) {
        return parameter.value().toArray(ValueLayout.JAVA_FLOAT);
    }

    static float[] gradients(Parameter parameter) {
        return parameter.gradient().toArray(ValueLayout.JAVA_FLOAT);
    }
}

package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Weights as parameters have them at the moment of loading. */
final class ParameterCopies implements WeightSource {
    private static final long ALIGNMENT = 64;

    private final Map<String, Parameter> parameters = new HashMap<>();

    /** @param parameters all weights of a model */
    ParameterCopies(List<Parameter> parameters) {
        parameters.forEach(parameter -> this.parameters.put(parameter.name(), parameter));
    }

    @Override
    public boolean has(String name) {
        return parameters.containsKey(name);
    }

    @Override
    public MemorySegment load(String name, List<Integer> shape, Arena arena) {
        MemorySegment value = parameters.get(name).value();
        return arena.allocate(value.byteSize(), ALIGNMENT).copyFrom(value);
    }
}

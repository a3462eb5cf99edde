package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The off-heap state of an optimiser: zeros at first, found by name. */
final class StateMemory implements AutoCloseable {
    private static final int CACHE_LINE = 64;

    private final Arena arena = Arena.ofShared();
    private final SequencedMap<String, MemorySegment> byName = new LinkedHashMap<>();

    /** One float for each element of each parameter. */
    List<MemorySegment> floatsLike(String name, List<Parameter> parameters) {
        List<MemorySegment> segments = new ArrayList<>();
        for (Parameter parameter : parameters) {
            segments.add(allocate(name + "." + parameter.name(), parameter.size() * Float.BYTES));
        }
        return segments;
    }

    /** {@code count} longs. */
    MemorySegment longs(String name, int count) {
        return allocate(name, count * ValueLayout.JAVA_LONG.byteSize());
    }

    SequencedMap<String, MemorySegment> byName() {
        return Collections.unmodifiableSequencedMap(byName);
    }

    private MemorySegment allocate(String name, long bytes) {
        MemorySegment segment = arena.allocate(bytes, CACHE_LINE);
        byName.put(name, segment);
        return segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}

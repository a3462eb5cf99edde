package io.github.ift4j.langchain4j.spring;

import io.github.ift4j.langchain4j.IftEngine;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToIntFunction;

/**
 * How busy an engine is.
 *
 * @param engine which one
 */
record EngineMeters(IftEngine engine) implements MeterBinder {
    /** Requests that are being answered. */
    static final String RUNNING = "ift.engine.requests.running";

    /** Requests that wait for their turn: the depth of the queue. */
    static final String WAITING = "ift.engine.requests.waiting";

    /** Adapters that are loaded. */
    static final String ADAPTERS = "ift.engine.adapters";

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(
                registry,
                RUNNING,
                "Requests that are being answered",
                it -> it.occupancy().running());
        gauge(
                registry,
                WAITING,
                "Requests that wait for their turn",
                it -> it.occupancy().waiting());
        gauge(
                registry,
                ADAPTERS,
                "Adapters that are loaded",
                it -> it.adapters().size());
    }

    private void gauge(MeterRegistry registry, String name, String description, ToIntFunction<IftEngine> value) {
        Gauge.builder(name, engine, value::applyAsInt)
                .description(description)
                .tag("gen_ai.request.model", engine.modelName())
                .register(registry);
    }
}

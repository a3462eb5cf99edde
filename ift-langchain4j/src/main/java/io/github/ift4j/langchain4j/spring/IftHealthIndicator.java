package io.github.ift4j.langchain4j.spring;

import io.github.ift4j.jlama.generation.AdapterRegistry.LoadedAdapter;
import io.github.ift4j.jlama.generation.Occupancy;
import io.github.ift4j.langchain4j.IftEngine;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;

/** Up while the engine accepts requests, with its model, its adapters and how busy it is; it asks the model nothing. */
final class IftHealthIndicator extends AbstractHealthIndicator {
    private final IftEngine engine;

    IftHealthIndicator(IftEngine engine) {
        super("the engine cannot be asked");
        this.engine = engine;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        Occupancy occupancy = engine.occupancy();
        if (occupancy.open()) {
            health.up()
                    .withDetail(
                            "adapters",
                            engine.adapters().stream()
                                    .map(LoadedAdapter::version)
                                    .map(version -> version.modelName())
                                    .toList());
        } else {
            health.down().withDetail("reason", "the engine has been closed");
        }
        health.withDetail("model", engine.modelName())
                .withDetail("contextLength", engine.contextLength())
                .withDetail("running", occupancy.running())
                .withDetail("waiting", occupancy.waiting());
    }
}

package io.github.ift4j.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.catalog.ModelType;
import io.github.ift4j.jlama.generation.ModelVersion;
import io.github.ift4j.langchain4j.spi.IftModelCatalogBuilderFactory;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Lists what an engine serves at the moment: the model and its adapters, by the names that requests choose them by.
 *
 * <p>Thread-safe.
 */
public class IftModelCatalog implements ModelCatalog {
    private final IftEngine engine;

    /** A catalog as the builder says. */
    public IftModelCatalog(IftModelCatalogBuilder builder) {
        this.engine = Objects.requireNonNull(builder.engine, "engine must be set: IftEngine.load(directory)");
    }

    @Override
    public List<ModelDescription> listModels() {
        ModelVersion base = engine.textModel().version();
        return Stream.concat(
                        Stream.of(describe(base, "the model of the engine")),
                        engine.adapters().stream()
                                .map(adapter -> describe(
                                        adapter.version(),
                                        "version " + adapter.version().number() + " of an adapter of '"
                                                + base.modelName() + "'")))
                .toList();
    }

    private ModelDescription describe(ModelVersion version, String description) {
        return ModelDescription.builder()
                .name(version.modelName())
                .displayName(version.modelName())
                .description(description
                        + version.sha256().map(sha256 -> ", SHA-256 " + sha256).orElse(""))
                .provider(provider())
                .type(ModelType.CHAT)
                .maxInputTokens(engine.contextLength())
                .maxOutputTokens(engine.contextLength())
                .build();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** A builder with nothing set. */
    public static IftModelCatalogBuilder builder() {
        return IftBaseModel.builder(IftModelCatalogBuilderFactory.class, IftModelCatalogBuilder::new);
    }

    /** Builds catalogs. The engine must be set. */
    public static class IftModelCatalogBuilder {
        private IftEngine engine;

        /** Public so that a factory can extend it. */
        public IftModelCatalogBuilder() {}

        /** The engine whose models are listed. */
        public IftModelCatalogBuilder engine(IftEngine engine) {
            this.engine = engine;
            return this;
        }

        /** Builds the catalog. */
        public IftModelCatalog build() {
            return new IftModelCatalog(this);
        }
    }
}

package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.AbstractModelCatalogIT;
import dev.langchain4j.model.catalog.ModelCatalog;
import io.github.ift4j.langchain4j.IftModelCatalog;

class ModelCatalogConformanceTest extends AbstractModelCatalogIT {
    @Override
    protected ModelCatalog createModelCatalog() {
        return IftModelCatalog.builder().engine(ConformanceFixture.engine()).build();
    }

    @Override
    protected ModelProvider expectedProvider() {
        return ModelProvider.OTHER;
    }
}

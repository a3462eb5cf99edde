package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import io.github.ift4j.langchain4j.IftEmbeddingModel;
import java.util.List;

class EmbeddingModelConformanceTest extends AbstractEmbeddingModelIT {
    @Override
    protected List<EmbeddingModel> models() {
        return List.of(
                IftEmbeddingModel.builder().engine(ConformanceFixture.engine()).build());
    }

    @Override
    protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
        return IftEmbeddingModel.builder()
                .engine(ConformanceFixture.engine())
                .listeners(List.of(listener))
                .build();
    }

    /** A name that the engine does not serve. */
    @Override
    protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
        return IftEmbeddingModel.builder()
                .engine(ConformanceFixture.engine())
                .modelName("unknown")
                .listeners(List.of(listener))
                .build();
    }

    @Override
    protected boolean supportsImageInput() {
        return false;
    }

    @Override
    protected boolean supportsInterleavedInput() {
        return false;
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return false;
    }

    @Override
    protected boolean supportsDimensionsParameter() {
        return false;
    }
}

package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftEmbeddingModel;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftEmbeddingModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftEmbeddingModelBuilderFactory extends Supplier<IftEmbeddingModel.IftEmbeddingModelBuilder> {}

package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftTokenCountEstimator;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftTokenCountEstimator#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftTokenCountEstimatorBuilderFactory
        extends Supplier<IftTokenCountEstimator.IftTokenCountEstimatorBuilder> {}

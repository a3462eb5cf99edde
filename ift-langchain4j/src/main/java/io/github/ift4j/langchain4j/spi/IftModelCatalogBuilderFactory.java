package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftModelCatalog;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftModelCatalog#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftModelCatalogBuilderFactory extends Supplier<IftModelCatalog.IftModelCatalogBuilder> {}

package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftLanguageModel;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftLanguageModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftLanguageModelBuilderFactory extends Supplier<IftLanguageModel.IftLanguageModelBuilder> {}

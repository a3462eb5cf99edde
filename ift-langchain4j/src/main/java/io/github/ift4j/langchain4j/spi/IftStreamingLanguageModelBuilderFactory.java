package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftStreamingLanguageModel;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftStreamingLanguageModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftStreamingLanguageModelBuilderFactory
        extends Supplier<IftStreamingLanguageModel.IftStreamingLanguageModelBuilder> {}

package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftChatModel;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftChatModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftChatModelBuilderFactory extends Supplier<IftChatModel.IftChatModelBuilder> {}

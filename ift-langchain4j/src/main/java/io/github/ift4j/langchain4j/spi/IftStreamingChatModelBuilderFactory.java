package io.github.ift4j.langchain4j.spi;

import io.github.ift4j.langchain4j.IftStreamingChatModel;
import java.util.function.Supplier;

/** Supplies the builders that {@link IftStreamingChatModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
public interface IftStreamingChatModelBuilderFactory
        extends Supplier<IftStreamingChatModel.IftStreamingChatModelBuilder> {}

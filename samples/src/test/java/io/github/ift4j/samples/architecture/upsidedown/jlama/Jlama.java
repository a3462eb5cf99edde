package io.github.ift4j.samples.architecture.upsidedown.jlama;

import dev.langchain4j.model.chat.ChatModel;
import io.github.ift4j.samples.architecture.upsidedown.langchain4j.LangChain4j;

/** Uses a module above it and the applications' API. */
public record Jlama(LangChain4j langChain4j, ChatModel model) {}

package io.github.ift4j.samples.architecture.upsidedown.langchain4j;

import io.github.ift4j.samples.architecture.upsidedown.samples.Sample;

/** Uses a module above it. */
public record LangChain4j(Sample sample) {}

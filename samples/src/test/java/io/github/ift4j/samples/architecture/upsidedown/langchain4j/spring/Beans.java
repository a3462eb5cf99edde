package io.github.ift4j.samples.architecture.upsidedown.langchain4j.spring;

/** What only applications with Spring may use. */
public record Beans() {}

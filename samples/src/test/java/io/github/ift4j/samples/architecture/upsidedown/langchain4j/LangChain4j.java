package io.github.ift4j.samples.architecture.upsidedown.langchain4j;

import io.github.ift4j.samples.architecture.upsidedown.langchain4j.spring.Beans;
import io.github.ift4j.samples.architecture.upsidedown.samples.Sample;
import org.springframework.context.ApplicationContext;

/** Uses a module above it, and Spring outside of the package for it. */
public record LangChain4j(Sample sample, ApplicationContext context, Beans beans) {}

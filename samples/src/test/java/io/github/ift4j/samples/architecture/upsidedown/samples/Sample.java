package io.github.ift4j.samples.architecture.upsidedown.samples;

/** What the other modules must not use. */
public record Sample(String name) {}

package io.github.ift4j.samples.architecture.upsidedown.core.b;

import io.github.ift4j.samples.architecture.upsidedown.core.a.A;

/** Closes a cycle of packages. */
public record B(A a) {}

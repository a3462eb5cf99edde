package io.github.ift4j.samples.architecture.upsidedown.core.a;

import com.github.tjake.jlama.safetensors.DType;
import io.github.ift4j.samples.architecture.upsidedown.core.b.B;
import io.github.ift4j.samples.architecture.upsidedown.jlama.Jlama;

/** Uses a module above it, a model library, and a package that uses it. */
public record A(B b, DType type, Jlama jlama) {}

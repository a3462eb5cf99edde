/**
 * Models on disk: safetensors files and HuggingFace directories in and out, and the bridge between their tensors, the
 * trainer's memory and Jlama's {@link com.github.tjake.jlama.safetensors.WeightLoader}.
 *
 * <p>Everything read here is untrusted. A file is checked as a whole before a tensor of it is handed out, and whatever is
 * wrong with it ends in a {@link io.github.ift4j.jlama.checkpoint.CheckpointException} of one line.
 */
package io.github.ift4j.jlama.checkpoint;

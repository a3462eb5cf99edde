package io.github.ift4j.jlama.text.tools;

/**
 * A model's wish to have a tool run.
 *
 * @param id nine letters and digits, unique within the process
 * @param name the tool's name; it may be none of those on offer
 * @param arguments a JSON object as the model wrote it
 */
public record ToolCall(String id, String name, String arguments) {}

/**
 * Small chatbots that show one thing each: {@link io.github.ift4j.samples.chatbots.HelloBot} one answer, {@link
 * io.github.ift4j.samples.chatbots.ConsoleBot} a conversation, {@link io.github.ift4j.samples.chatbots.ExtractionBot} objects out of
 * text, {@link io.github.ift4j.samples.chatbots.FolderBot} answers from documents. {@code ift sample} starts them.
 */
package io.github.ift4j.samples.chatbots;

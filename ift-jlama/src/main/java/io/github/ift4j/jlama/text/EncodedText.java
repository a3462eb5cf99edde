package io.github.ift4j.jlama.text;

import io.github.ift4j.core.data.Sequence;

/**
 * A training record as text and as tokens.
 *
 * @param text what was tokenised; empty for a record that came as tokens
 * @param sequence tokens and labels
 */
public record EncodedText(String text, Sequence sequence) {}

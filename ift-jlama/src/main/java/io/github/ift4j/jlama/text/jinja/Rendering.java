package io.github.ift4j.jlama.text.jinja;

import java.util.List;

/**
 * What a template wrote.
 *
 * @param text all of it
 * @param generations where {@code {% generation %}} blocks stand in the text, in order; empty when the template has none
 */
public record Rendering(String text, List<TextSpan> generations) {
    public Rendering {
        generations = List.copyOf(generations);
    }
}

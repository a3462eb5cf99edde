package io.github.ift4j.samples.frozenlake;

import java.awt.Color;
import java.util.List;

/** Colours of the methods, the same in all pictures and told apart by colour-blind readers too (Okabe and Ito's). */
final class Palette {
    private static final List<Color> COLOURS = List.of(
            new Color(0x666666),
            new Color(0xD55E00),
            new Color(0x0072B2),
            new Color(0x56B4E9),
            new Color(0x009E73),
            new Color(0xE69F00),
            new Color(0xCC79A7));

    private Palette() {}

    /** Colour of the method of that number. */
    static Color of(int index) {
        return COLOURS.get(index % COLOURS.size());
    }

    /** A colour mixed with white. */
    static Color mix(Color colour, double share) {
        return new Color(
                mixed(colour.getRed(), share), mixed(colour.getGreen(), share), mixed(colour.getBlue(), share));
    }

    private static int mixed(int component, double share) {
        return (int) Math.round(255 + share * (component - 255));
    }
}

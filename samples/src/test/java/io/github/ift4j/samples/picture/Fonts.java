package io.github.ift4j.samples.picture;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.GraphicsEnvironment;

/** Java writes no text where the system has no font at all. */
public final class Fonts {
    private Fonts() {}

    /** Skips a test that draws where there are none. */
    public static void assume() {
        try {
            assumeTrue(GraphicsEnvironment.getLocalGraphicsEnvironment().getAllFonts().length > 0, "no fonts");
        } catch (InternalError | UnsatisfiedLinkError | NoClassDefFoundError none) {
            assumeTrue(false, "no fonts: " + none.getMessage());
        }
    }
}

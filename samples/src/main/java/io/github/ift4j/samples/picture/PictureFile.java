package io.github.ift4j.samples.picture;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.imageio.ImageIO;

/** Writes pictures. */
public final class PictureFile {
    private PictureFile() {}

    /**
     * Draws and writes a PNG file.
     *
     * @param file its folder must exist
     * @return the file
     * @throws IllegalStateException when this Java finds no fonts to write with
     */
    public static Path write(Path file, Supplier<BufferedImage> picture) {
        try (OutputStream out = Files.newOutputStream(file)) {
            ImageIO.write(picture.get(), "png", out);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InternalError | UnsatisfiedLinkError | NoClassDefFoundError noFonts) {
            throw new IllegalStateException(
                    "everything is measured, but this Java finds no fonts for the pictures: install fontconfig and a"
                            + " font, DejaVu for example, and start again",
                    noFonts);
        }
    }
}

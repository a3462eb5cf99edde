package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.samples.picture.PictureFile;
import java.nio.file.Path;
import java.util.List;

/** The pictures of a comparison. */
public final class Pictures {
    private Pictures() {}

    /**
     * Draws {@code lake.png} and {@code error.png}.
     *
     * @param directory where to, must exist
     * @return the files
     * @throws IllegalStateException when this Java finds no fonts to write with
     */
    public static List<Path> write(Comparison comparison, Path directory) {
        World world = comparison.experiment().world();
        LakePicture lake = new LakePicture(world, comparison.outcomes());
        ErrorPicture error = new ErrorPicture(
                "Distance from the optimal policy, lake %s"
                        .formatted(world.lake().name()),
                comparison.outcomes());
        return List.of(
                PictureFile.write(directory.resolve("lake.png"), lake::draw),
                PictureFile.write(directory.resolve("error.png"), error::draw));
    }
}

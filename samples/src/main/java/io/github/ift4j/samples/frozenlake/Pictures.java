package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.samples.picture.PictureFile;
import java.nio.file.Path;
import java.util.List;

/** The pictures of a comparison. */
public final class Pictures {
    private Pictures() {}

    /**
     * Draws {@code lake.png} and {@code error.png}, or {@code lake-warm.png} and {@code error-warm.png} for agents after a warm-up.
     *
     * @param directory where to, must exist
     * @return the files
     * @throws IllegalStateException when this Java finds no fonts to write with
     */
    public static List<Path> write(Comparison comparison, Path directory) {
        World world = comparison.experiment().world();
        LakePicture lake = new LakePicture(world, comparison.outcomes());
        boolean warm = comparison.experiment().agent().warmupSteps() > 0;
        String title = "Distance from the optimal policy, lake %s, %s"
                .formatted(world.lake().name(), warm ? "agents after a warm-up" : "agents that begin at random");
        ErrorPicture error = new ErrorPicture(title, comparison.outcomes());
        String suffix = warm ? "-warm.png" : ".png";
        return List.of(
                PictureFile.write(directory.resolve("lake" + suffix), lake::draw),
                PictureFile.write(directory.resolve("error" + suffix), error::draw));
    }
}

package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.samples.picture.Fonts;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {
    private static final World WORLD = World.of(new FrozenLake(LakeMap.small(), false), SubOptimal.ONCE);

    @TempDir
    private Path directory;

    @BeforeEach
    void needsFonts() {
        Fonts.assume();
    }

    private static Experiment experiment(int steps) {
        Plan plan = new Plan(2, 1, List.of(3e-3), 1);
        return new Experiment(WORLD, Agent.withDefaults().withSteps(steps), plan);
    }

    private List<BufferedImage> pictures(int steps) throws IOException {
        List<BufferedImage> pictures = new ArrayList<>();
        try (Workers workers = new Workers(1)) {
            Experiment experiment = experiment(steps);
            List<Outcome> outcomes = experiment.run(Methods.all(0.2, 0.95), workers, done -> {});
            for (Path file : Pictures.write(new Comparison(experiment, outcomes), directory)) {
                pictures.add(ImageIO.read(file.toFile()));
            }
        }
        return pictures;
    }

    @Test
    void whatAgentsLearnedCanBeSeen() throws IOException {
        List<BufferedImage> brief = pictures(1);
        List<BufferedImage> lengthy = pictures(60);

        for (int i = 0; i < brief.size(); i++) {
            assertThat(differentPixels(brief.get(i), lengthy.get(i)))
                    .isGreaterThan(brief.get(i).getWidth());
        }
    }

    /** One learning rate and two agents in every experiment. */
    @Test
    void aSweepWritesALineForEachMethodOfEachExperiment() throws IOException {
        LakeSweep sweep = new LakeSweep(experiment(2), SubOptimal.ONCE, 0.2, 0.95);
        List<Path> files;
        try (Workers workers = new Workers(2)) {
            files = sweep.run(directory, workers, (done, what) -> {});
        }
        List<String> lines = Files.readAllLines(files.getFirst());
        int columns = lines.getFirst().split(",").length;

        int lambdas = 30;
        int others = sweep.experiments() - lambdas;
        assertThat(lines).hasSize(1 + lambdas + 7 * others);
        assertThat(lines).allMatch(line -> line.split(",").length == columns);
        assertThat(lines).anyMatch(line -> line.startsWith("lake,8x8 slippery,8x8,true,0,2,32,1.0,0.2,0.95,DPO,"));
        assertThat(files.stream().map(file -> file.getFileName().toString()))
                .containsExactly(
                        "sweep.csv",
                        "sweep-warmup.png",
                        "sweep-lambda.png",
                        "sweep-steps.png",
                        "sweep-width.png",
                        "sweep-scale.png",
                        "sweep-sub-optimal.png",
                        "sweep-lake.png");
    }

    private static int differentPixels(BufferedImage a, BufferedImage b) {
        int different = 0;
        for (int y = 0; y < a.getHeight(); y++) {
            for (int x = 0; x < a.getWidth(); x++) {
                different += a.getRGB(x, y) == b.getRGB(x, y) ? 0 : 1;
            }
        }
        return different;
    }
}

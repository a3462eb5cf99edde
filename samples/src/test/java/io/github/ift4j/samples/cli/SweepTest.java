package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.samples.picture.Fonts;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ift bench --sweep}, with figures that are there already; a real sweep takes minutes. */
class SweepTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void theSweepGoesFromShortToLongFromOneToManyAndFromSmallToLargeWithBothMethods() {
        assertThat(SweepPoint.all())
                .doesNotHaveDuplicates()
                .contains(
                        new SweepPoint("15m", "sft", 1, 128),
                        new SweepPoint("15m", "ift", 1, 4096),
                        new SweepPoint("15m", "ift", 8, 256),
                        new SweepPoint("135m", "sft", 1, 256));
    }

    @Test
    void shortStepsAreMeasuredMoreOften() {
        assertThat(new SweepPoint("15m", "sft", 1, 128).steps()).isEqualTo(41);
        assertThat(new SweepPoint("15m", "sft", 1, 1024).steps()).isEqualTo(11);
        assertThat(new SweepPoint("135m", "sft", 1, 256).steps()).isEqualTo(7);
    }

    @Test
    void stepsThatTheFileHasAreNotMeasuredAgain() throws IOException {
        Fonts.assume();
        List<String> lines = SweepPoint.all().stream()
                .map(point -> line(point, " --steps 3"))
                .toList();
        Files.write(directory.resolve("sweep.jsonl"), lines);

        Launch launch = Launch.ift("bench", "--steps", "3", "--sweep", directory.toString());

        assertThat(launch.status()).as(launch.err()).isZero();
        JsonNode report = MAPPER.readTree(launch.out());
        assertThat(report.path("measured").asInt(-1)).isZero();
        assertThat(report.path("found").asInt()).isEqualTo(lines.size());
        assertThat(report.path("pictures")).hasSize(4);
        assertThat(Files.readAllLines(directory.resolve("sweep.jsonl"))).isEqualTo(lines);
    }

    @Test
    void aStepMeasuredWithOtherOptionsIsAnotherStep() throws IOException {
        SweepPoint point = new SweepPoint("15m", "sft", 1, 128);
        Files.writeString(directory.resolve("sweep.jsonl"), line(point, " --steps 3") + "\n");
        SweepFile file = SweepFile.open(directory.resolve("sweep.jsonl"));

        assertThat(file.find(command(point, " --steps 3"))).isPresent();
        assertThat(file.find(command(point, " --steps 5"))).isEmpty();
    }

    @Test
    void aLineThatIsAddedIsThereWhenTheFileIsReadAgain() {
        Path path = directory.resolve("new/sweep.jsonl");
        SweepFile.open(path).add("ift bench", "{\"seconds_per_step\":1.5}\n");

        assertThat(SweepFile.open(path)
                        .find("ift bench")
                        .orElseThrow()
                        .path("seconds_per_step")
                        .asDouble())
                .isEqualTo(1.5);
    }

    @Test
    void aBrokenLineIsNamed() throws IOException {
        Path path = directory.resolve("sweep.jsonl");
        Files.writeString(path, line(SweepPoint.all().getFirst(), "") + "\n{\"comm");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SweepFile.open(path))
                .withMessageStartingWith(path + ":2: not JSON");
    }

    @Test
    void aStepRunsInAProcessOfItsOwn() throws IOException {
        String printed =
                OwnProcess.ift(List.of("bench", "--shape", "5m", "--batch", "1", "--length", "8", "--steps", "3"));

        assertThat(MAPPER.readTree(printed).path("seconds_per_step").asDouble()).isPositive();
    }

    @Test
    void whatSuchAProcessComplainsOfIsPassedOn() {
        assertThatIllegalStateException()
                .isThrownBy(() -> OwnProcess.ift(List.of("bench", "--shape", "1b")))
                .withMessageStartingWith("ift bench --shape 1b failed: ift: unknown shape '1b'");
    }

    @Test
    void picturesShowTheirFigures() throws IOException {
        Fonts.assume();
        Map<SweepPoint, JsonNode> results = new LinkedHashMap<>();
        for (SweepPoint point : SweepPoint.all()) {
            results.put(point, MAPPER.readTree(line(point, "")));
        }
        Path file = new SweepPictures(results).write(directory).getFirst();
        BufferedImage before = ImageIO.read(file.toFile());
        SweepPoint shortest = SweepPoint.lengths().getFirst();
        results.put(shortest, MAPPER.readTree("{\"seconds_per_step\":9,\"peak_rss_mb\":1}"));
        BufferedImage after = ImageIO.read(
                new SweepPictures(results).write(directory).getFirst().toFile());

        assertThat(before.getWidth()).isGreaterThan(before.getHeight());
        assertThat(differentPixels(before, after)).isGreaterThan(before.getWidth());
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

    /** Time and memory that grow with what is computed. */
    private static String line(SweepPoint point, String options) {
        int tokens = point.batch() * point.length();
        return Json.line(Map.of(
                "command", command(point, options), "seconds_per_step", 0.0005 * tokens, "peak_rss_mb", 300 + tokens));
    }

    private static String command(SweepPoint point, String options) {
        String threads = System.getenv("IFT_THREADS");
        return (threads == null ? "" : "IFT_THREADS=" + threads + " ") + "ift " + String.join(" ", point.arguments())
                + options;
    }
}

package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.samples.picture.Fonts;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ift frozen-lake} with few agents and steps. */
class FrozenLakeCommandTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Map<String, String> SMALL =
            Map.of("--seeds", "3", "--tuning-seeds", "1", "--steps", "4", "--warmup-steps", "5");

    @TempDir
    private Path directory;

    private Launch small(String... more) {
        List<String> arguments = new ArrayList<>(List.of("frozen-lake", "--out", out().toString()));
        arguments.addAll(List.of(more));
        SMALL.forEach((option, value) -> {
            if (!arguments.contains(option)) {
                arguments.addAll(List.of(option, value));
            }
        });
        return Launch.ift(arguments.toArray(String[]::new));
    }

    private Path out() {
        return directory.resolve("out");
    }

    private static JsonNode report(Launch launch) throws IOException {
        assertThat(launch.status()).as(launch.err()).isZero();
        return MAPPER.readTree(launch.out().strip().lines().toList().getLast());
    }

    @Test
    void itPrintsATableOfAllMethodsForBothStartsAndEndsWithTheFigures() throws IOException {
        Fonts.assume();
        Launch launch = small();
        JsonNode report = report(launch);

        for (String start : List.of("random_start", "warm_start")) {
            JsonNode figures = report.path(start);
            assertThat(figures.path("lake").asText()).isEqualTo("4x4");
            assertThat(figures.path("seeds").asInt()).isEqualTo(3);
            assertThat(figures.path("order")).hasSize(7);
            assertThat(figures.at("/methods/IFT/error").asDouble()).isBetween(0.0, 0.1);
            assertThat(figures.at("/methods/DPO/p").asDouble()).isBetween(0.0, 1.0);
        }
        assertThat(launch.out().lines().filter(line -> line.startsWith("ORPO"))).hasSize(2);
        assertThat(launch.err()).contains("agents 168/168");
    }

    @Test
    void itDrawsTheLakeAndTheError() throws IOException {
        Fonts.assume();
        JsonNode report = report(small());

        for (String name : List.of("lake.png", "error.png", "lake-warm.png", "error-warm.png")) {
            BufferedImage picture = ImageIO.read(out().resolve(name).toFile());
            assertThat(picture.getWidth()).isGreaterThan(picture.getHeight());
        }
        assertThat(report.at("/random_start/pictures/0").asText()).endsWith("lake.png");
    }

    @Test
    void theSameSeedPrintsTheSameFiguresAndAnotherSeedOthers() throws IOException {
        Fonts.assume();
        JsonNode first = report(small("--seed", "1"));

        assertThat(report(small("--seed", "1")).path("random_start")).isEqualTo(first.path("random_start"));
        assertThat(report(small("--seed", "2")).path("random_start")).isNotEqualTo(first.path("random_start"));
    }

    @Test
    void itTakesAMapFromAFileAndSlipperyIce() throws IOException {
        Fonts.assume();
        Path map = Files.writeString(directory.resolve("lake.txt"), "SFF\nFFG\n");

        JsonNode report = report(small("--map", map.toString(), "--slippery", "--warmup-steps", "0"));

        assertThat(report.at("/random_start/lake").asText()).isEqualTo(map + " slippery");
        assertThat(report.has("warm_start")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --seeds 1           | 2 | seeds must be at least 2, was 1
        --steps 0           | 2 | steps must be at least 1, was 0
        --lambda 2          | 2 | lambda must be between 0 and 1, was 2.0
        --sub-optimal never | 2 | --sub-optimal
        --map no/such/map   | 1 | no/such/map: no such file or folder
        """)
    void wrongOptionsAreRefusedInOneLine(String options, int status, String message) {
        Launch launch = small(options.split(" "));

        assertThat(launch.status()).isEqualTo(status);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).startsWith("ift: ").contains(message).hasLineCount(1);
    }
}

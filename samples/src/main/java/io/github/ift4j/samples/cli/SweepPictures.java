package io.github.ift4j.samples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.samples.picture.ChartStyle;
import io.github.ift4j.samples.picture.PictureFile;
import java.awt.Color;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.CategoryStyler;

/**
 * Pictures of a sweep, each with a pair of bars, SFT and IFT, for each value of what it varies.
 *
 * @param results what {@code ift bench} printed for each step
 */
record SweepPictures(Map<SweepPoint, JsonNode> results) {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 480;
    private static final Color[] COLOURS = {new Color(0x9AB7D3), new Color(0x2F5F8F)};
    /** Room above the highest bar for its label. */
    private static final double HEADROOM = 1.12;

    /** What a picture shows. */
    private enum Picture {
        LENGTH("Time per token, by length", "tokens of the one sequence (model 15m)", SweepPoint.lengths()),
        BATCH("Time per token, by batch", "sequences of 256 tokens (model 15m)", SweepPoint.batches()),
        SIZE("Time per step, by size of the model", "parameters (one sequence of 256 tokens)", SweepPoint.sizes()),
        MEMORY("Memory, by length", "tokens of the one sequence (model 15m)", SweepPoint.lengths());

        private final String title;
        private final String across;
        private final List<SweepPoint> points;

        Picture(String title, String across, List<SweepPoint> points) {
            this.title = title;
            this.across = across;
            this.points = points;
        }

        Object category(SweepPoint point) {
            return switch (this) {
                case LENGTH, MEMORY -> point.length();
                case BATCH -> point.batch();
                case SIZE -> point.shape();
            };
        }

        String unit() {
            return switch (this) {
                case LENGTH, BATCH -> "milliseconds per token of a step";
                case SIZE -> "seconds per step";
                case MEMORY -> "MiB, the whole process at its peak";
            };
        }

        double value(SweepPoint point, JsonNode result) {
            double seconds = result.path("seconds_per_step").asDouble();
            return switch (this) {
                case LENGTH, BATCH -> 1e3 * seconds / (point.batch() * point.length());
                case SIZE -> seconds;
                case MEMORY -> result.path("peak_rss_mb").asDouble();
            };
        }

        /** Some systems do not tell the memory of a process. */
        boolean isKnown(Map<SweepPoint, JsonNode> results) {
            return this != MEMORY
                    || points.stream().allMatch(point -> results.get(point).has("peak_rss_mb"));
        }

        String file() {
            return name().toLowerCase(Locale.ROOT) + ".png";
        }
    }

    /**
     * Draws {@code length.png}, {@code batch.png}, {@code size.png} and, where it is known, {@code memory.png}.
     *
     * @return the files
     * @throws IllegalStateException when this Java finds no fonts to write with
     */
    List<Path> write(Path directory) {
        List<Path> files = new ArrayList<>();
        for (Picture picture : Picture.values()) {
            if (picture.isKnown(results)) {
                files.add(PictureFile.write(
                        directory.resolve(picture.file()), () -> BitmapEncoder.getBufferedImage(chart(picture))));
            }
        }
        return files;
    }

    private CategoryChart chart(Picture picture) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(picture.title)
                .xAxisTitle(picture.across)
                .yAxisTitle(picture.unit())
                .build();
        double highest = 0;
        for (String method : List.of("sft", "ift")) {
            List<SweepPoint> points = picture.points.stream()
                    .filter(point -> point.method().equals(method))
                    .toList();
            List<Double> values = points.stream()
                    .map(point -> rounded(picture.value(point, results.get(point))))
                    .toList();
            chart.addSeries(
                    method.toUpperCase(Locale.ROOT),
                    points.stream().map(picture::category).toList(),
                    values);
            highest = Math.max(
                    highest,
                    values.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
        }
        style(chart.getStyler()).setYAxisMin(0.0).setYAxisMax(highest * HEADROOM);
        return chart;
    }

    /** Three digits, which is what the labels of the bars have room for. */
    private static double rounded(double value) {
        return new BigDecimal(value).round(new MathContext(3)).doubleValue();
    }

    private static CategoryStyler style(CategoryStyler styler) {
        ChartStyle.apply(styler);
        styler.setSeriesColors(COLOURS);
        return styler.setLabelsVisible(true).setLabelsPosition(1.06).setLabelsFont(ChartStyle.TEXT);
    }
}

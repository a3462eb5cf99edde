package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.samples.frozenlake.LakeSweep.Part;
import io.github.ift4j.samples.picture.ChartStyle;
import io.github.ift4j.samples.picture.PictureFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Pictures of a sweep, with 95 percent intervals: the error of IFT by lambda and gamma, and for all else how much larger the error
 * of each method is than IFT's in the same experiment.
 *
 * @param results of all experiments
 */
record SweepCharts(List<SweepResult> results) {
    private static final int WIDTH = 940;
    private static final int HEIGHT = 520;

    /** Draws a picture for each part, and for each start of the agents where both were tried. */
    List<Path> write(Path directory) {
        List<Path> files = new ArrayList<>(List.of(PictureFile.write(
                directory.resolve("sweep-warmup.png"),
                () -> byMethod(of(Part.WARMUP, any -> true), "steps of the warm-up", ""))));
        for (Start start : Start.values()) {
            for (Part part : Part.values()) {
                List<SweepResult> shown = of(part, start::has);
                if (part != Part.WARMUP && !shown.isEmpty()) {
                    files.add(PictureFile.write(
                            directory.resolve("sweep-" + part + start.suffix + ".png"),
                            () -> part == Part.LAMBDA
                                    ? byGamma(shown, start.title)
                                    : byMethod(shown, across(part), start.title)));
                }
            }
        }
        return files;
    }

    private static String across(Part part) {
        return switch (part) {
            case LAMBDA -> "lambda";
            case STEPS -> "training steps";
            case WARMUP -> "steps of the warm-up";
            case WIDTH -> "width of the network";
            case SCALE -> "scale of the initial weights";
            case SUB_OPTIMAL -> "sub-optimal trajectory";
            case LAKE -> "lake";
        };
    }

    private List<SweepResult> of(Part part, Predicate<SweepResult> filter) {
        return results.stream()
                .filter(result -> result.part() == part && filter.test(result))
                .toList();
    }

    private static BufferedImage byGamma(List<SweepResult> shown, String start) {
        CategoryChart chart = chart("Error of IFT by lambda and gamma" + start, "lambda", "mean squared error");
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
        chart.getStyler().setYAxisDecimalPattern("0.0000");
        add(chart, grouped(shown, result -> "gamma " + result.gamma()), SweepResult::error);
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static BufferedImage byMethod(List<SweepResult> shown, String across, String start) {
        CategoryChart chart = chart("Error by " + across + start, across, "percent above the error of IFT");
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
        chart.getStyler().setYAxisDecimalPattern("0.#");
        add(chart, grouped(shown, result -> result.outcome().method().name()), SweepResult::percentAboveIft);
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static Map<String, List<SweepResult>> grouped(List<SweepResult> shown, Function<SweepResult, String> name) {
        return shown.stream().collect(Collectors.groupingBy(name, LinkedHashMap::new, Collectors.toList()));
    }

    /** How agents begin. */
    private enum Start {
        RANDOM("", ", agents that begin at random"),
        WARM("-warm", ", agents after a warm-up");

        private final String suffix;
        private final String title;

        Start(String suffix, String title) {
            this.suffix = suffix;
            this.title = title;
        }

        boolean has(SweepResult result) {
            return (this == WARM) == (result.experiment().agent().warmupSteps() > 0);
        }
    }

    private static CategoryChart chart(String title, String across, String up) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(across)
                .yAxisTitle(up)
                .build();
        ChartStyle.apply(chart.getStyler());
        return chart;
    }

    private static void add(
            CategoryChart chart, Map<String, List<SweepResult>> lines, Function<SweepResult, Estimate> figure) {
        int index = 0;
        for (Map.Entry<String, List<SweepResult>> line : lines.entrySet()) {
            List<Estimate> estimates = line.getValue().stream().map(figure).toList();
            CategorySeries series = chart.addSeries(
                    line.getKey(),
                    line.getValue().stream().map(SweepResult::value).toList(),
                    estimates.stream().map(Estimate::mean).toList(),
                    estimates.stream().map(Estimate::halfWidth).toList());
            Color colour = Palette.of(index++);
            series.setLineColor(colour);
            series.setMarkerColor(colour);
            series.setLineStyle(new BasicStroke(2.2f));
            series.setMarker(SeriesMarkers.CIRCLE);
        }
    }
}

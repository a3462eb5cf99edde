package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.samples.frozenlake.LakeSweep.Part;
import io.github.ift4j.samples.picture.ChartStyle;
import io.github.ift4j.samples.picture.PictureFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Pictures of a sweep: the error, with its 95 percent interval, by what was varied.
 *
 * @param results of all experiments
 */
record SweepCharts(List<SweepResult> results) {
    private static final int WIDTH = 940;
    private static final int HEIGHT = 520;

    /** Draws a picture for each part. */
    List<Path> write(Path directory) {
        return List.of(
                PictureFile.write(directory.resolve("sweep-lambda.png"), this::lambdas),
                PictureFile.write(directory.resolve("sweep-steps.png"), () -> methods(Part.STEPS, "training steps")),
                PictureFile.write(
                        directory.resolve("sweep-sub-optimal.png"),
                        () -> methods(Part.SUB_OPTIMAL, "sub-optimal trajectory")),
                PictureFile.write(directory.resolve("sweep-lakes.png"), () -> methods(Part.MAP, "lake")));
    }

    private BufferedImage lambdas() {
        Map<String, List<SweepResult>> byGamma = of(Part.LAMBDA).stream()
                .collect(Collectors.groupingBy(
                        result -> "gamma " + result.gamma(), LinkedHashMap::new, Collectors.toList()));
        return chart("Error of IFT by lambda and gamma", "lambda", byGamma, SweepResult::lambda);
    }

    private BufferedImage methods(Part part, String across) {
        Map<String, List<SweepResult>> byMethod = of(part).stream()
                .collect(Collectors.groupingBy(
                        result -> result.outcome().method().name(), LinkedHashMap::new, Collectors.toList()));
        return chart("Error of each method by " + across, across, byMethod, SweepResult::value);
    }

    private List<SweepResult> of(Part part) {
        return results.stream().filter(result -> result.part() == part).toList();
    }

    private static BufferedImage chart(
            String title, String across, Map<String, List<SweepResult>> lines, Function<SweepResult, Object> category) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(across)
                .yAxisTitle("mean squared error")
                .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
        chart.getStyler().setYAxisDecimalPattern("0.000");
        int index = 0;
        for (Map.Entry<String, List<SweepResult>> line : lines.entrySet()) {
            CategorySeries series = chart.addSeries(
                    line.getKey(),
                    line.getValue().stream().map(category).toList(),
                    line.getValue().stream()
                            .map(result -> result.error().mean())
                            .toList(),
                    line.getValue().stream()
                            .map(result -> result.error().halfWidth())
                            .toList());
            Color colour = Palette.of(index++);
            series.setLineColor(colour);
            series.setMarkerColor(colour);
            series.setLineStyle(new BasicStroke(2.2f));
            series.setMarker(SeriesMarkers.CIRCLE);
        }
        return BitmapEncoder.getBufferedImage(chart);
    }
}

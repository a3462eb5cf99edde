package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.samples.picture.ChartStyle;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The error of each method over the steps of training: the mean over the seeds, with its 95 percent band.
 *
 * @param title of the picture
 * @param outcomes one a method
 */
record ErrorPicture(String title, List<Outcome> outcomes) {
    private static final int WIDTH = 940;
    private static final int HEIGHT = 560;
    private static final int TICK_SPACING = 80;
    private static final int OPACITY = 60;
    private static final Color NONE = new Color(0, 0, 0, 0);

    /** Draws it. */
    BufferedImage draw() {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("training steps, each method at its own learning rate")
                .yAxisTitle("mean squared error of the transition matrix")
                .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setYAxisDecimalPattern("0.00").setXAxisTickMarkSpacingHint(TICK_SPACING);
        for (int m = 0; m < outcomes.size(); m++) {
            addBand(chart, outcomes.get(m), Palette.of(m));
        }
        for (int m = 0; m < outcomes.size(); m++) {
            addLine(chart, outcomes.get(m), Palette.of(m));
        }
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static Estimate errorAt(Outcome outcome, int step) {
        return outcome.estimate(run -> run.errors()[step]);
    }

    private static int points(Outcome outcome) {
        return outcome.runs().getFirst().errors().length;
    }

    /** The band is a polygon: along the upper ends, and back along the lower ones. */
    private static void addBand(XYChart chart, Outcome outcome, Color colour) {
        int points = points(outcome);
        double[] x = new double[2 * points];
        double[] y = new double[2 * points];
        for (int step = 0; step < points; step++) {
            Estimate error = errorAt(outcome, step);
            x[step] = step;
            y[step] = error.high();
            x[x.length - 1 - step] = step;
            y[y.length - 1 - step] = error.low();
        }
        XYSeries band = chart.addSeries(outcome.method().name() + ", 95 %", x, y);
        band.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
        band.setShowInLegend(false);
        band.setFillColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), OPACITY));
        band.setLineColor(NONE);
        band.setMarker(SeriesMarkers.NONE);
    }

    private static void addLine(XYChart chart, Outcome outcome, Color colour) {
        double[] x = IntStream.range(0, points(outcome)).asDoubleStream().toArray();
        double[] y = IntStream.range(0, x.length)
                .mapToDouble(step -> errorAt(outcome, step).mean())
                .toArray();
        XYSeries line = chart.addSeries(outcome.method().name(), x, y);
        line.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line);
        line.setLineColor(colour);
        line.setLineStyle(new BasicStroke(2.2f));
        line.setMarker(SeriesMarkers.NONE);
    }
}

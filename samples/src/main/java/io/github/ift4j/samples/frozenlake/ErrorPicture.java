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
 * How the error of each method changes over the steps of training: the mean over the seeds, with its 95 percent band. The error
 * before training is subtracted agent by agent, as it is the same for all methods and varies more than what they do.
 *
 * @param title of the picture
 * @param outcomes one a method
 */
record ErrorPicture(String title, List<Outcome> outcomes) {
    private static final int WIDTH = 940;
    private static final int HEIGHT = 560;
    private static final int LABELS = 11;
    private static final int OPACITY = 60;
    /** The first lines are solid; the others are dashed, so that what they cover can be seen. */
    private static final int SOLID = 3;

    private static final BasicStroke LINE = new BasicStroke(2.2f);
    private static final BasicStroke DASHES =
            new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {9, 6}, 0);
    private static final Color NONE = new Color(0, 0, 0, 0);

    /** Draws it. */
    BufferedImage draw() {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("training steps, each method at its own learning rate")
                .yAxisTitle("mean squared error, change since before training")
                .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setYAxisDecimalPattern("0.0000").setXAxisMaxLabelCount(LABELS);
        for (int m = 0; m < outcomes.size(); m++) {
            addBand(chart, outcomes.get(m), Palette.of(m));
        }
        for (int m = 0; m < outcomes.size(); m++) {
            addLine(chart, outcomes.get(m), Palette.of(m), m < SOLID ? LINE : DASHES);
        }
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static Estimate changeAt(Outcome outcome, int step) {
        return outcome.estimate(run -> run.errors()[step] - run.errors()[0]);
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
            Estimate change = changeAt(outcome, step);
            x[step] = step;
            y[step] = change.high();
            x[x.length - 1 - step] = step;
            y[y.length - 1 - step] = change.low();
        }
        XYSeries band = chart.addSeries(outcome.method().name() + ", 95 %", x, y);
        band.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
        band.setShowInLegend(false);
        band.setFillColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), OPACITY));
        band.setLineColor(NONE);
        band.setMarker(SeriesMarkers.NONE);
    }

    private static void addLine(XYChart chart, Outcome outcome, Color colour, BasicStroke stroke) {
        double[] x = IntStream.range(0, points(outcome)).asDoubleStream().toArray();
        double[] y = IntStream.range(0, x.length)
                .mapToDouble(step -> changeAt(outcome, step).mean())
                .toArray();
        XYSeries line = chart.addSeries(outcome.method().name(), x, y);
        line.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line);
        line.setLineColor(colour);
        line.setLineStyle(stroke);
        line.setMarker(SeriesMarkers.NONE);
    }
}

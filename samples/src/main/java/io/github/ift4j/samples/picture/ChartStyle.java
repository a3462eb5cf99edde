package io.github.ift4j.samples.picture;

import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Fonts, colours and layout of all charts. */
public final class ChartStyle {
    /** Of a picture's title. */
    public static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 17);

    /** Of all else. */
    public static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    private static final int PADDING = 16;

    private ChartStyle() {}

    /** Sets what all charts have in common; the legend goes below, in a row. */
    public static void apply(AxesChartStyler styler) {
        styler.setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Horizontal)
                .setLegendFont(TEXT)
                .setLegendBorderColor(Color.WHITE)
                .setChartTitleFont(TITLE)
                .setChartPadding(PADDING);
        styler.setAxisTitleFont(TEXT).setAxisTickLabelsFont(TEXT).setPlotGridVerticalLinesVisible(false);
    }
}

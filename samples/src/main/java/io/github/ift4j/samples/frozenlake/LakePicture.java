package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.samples.picture.ChartStyle;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * The lake once for the optimal policy and once for each method: arrows for the probabilities of the actions, the mean over the
 * seeds, and shades for how often an agent was in a cell during its training.
 *
 * @param world the lake
 * @param outcomes one a method
 */
record LakePicture(World world, List<Outcome> outcomes) {
    private static final int PANEL = 232;
    private static final int GAP = 24;
    private static final int MARGIN = 20;
    private static final int TITLE_HEIGHT = 26;
    private static final int LEGEND_HEIGHT = 40;
    private static final int PANELS_A_ROW = 4;
    private static final double LEAST_ARROW = 0.04;
    private static final double HEAD = 0.3;
    private static final Color HOLE = new Color(0x3B4A5A);
    private static final Color GOAL = new Color(0xA8D5A2);
    private static final Color EXPLORED = new Color(0x2E86C1);
    private static final double STRONGEST_SHADE = 0.6;
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 14);

    /** Draws it. */
    BufferedImage draw() {
        int panels = outcomes.size() + 1;
        int columns = Math.min(PANELS_A_ROW, panels);
        int rows = (panels + columns - 1) / columns;
        int panelHeight =
                TITLE_HEIGHT + (int) Math.ceil(cell() * world.lake().map().rows());
        int width = 2 * MARGIN + columns * PANEL + (columns - 1) * GAP;
        int height = 2 * MARGIN + rows * panelHeight + (rows - 1) * GAP + LEGEND_HEIGHT;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        for (int i = 0; i < panels; i++) {
            int left = MARGIN + i % columns * (PANEL + GAP);
            int top = MARGIN + i / columns * (panelHeight + GAP);
            drawPanel(graphics, left, top, i);
        }
        graphics.setColor(Color.DARK_GRAY);
        graphics.setFont(ChartStyle.TEXT);
        graphics.drawString(
                "Arrows: probability of each action. Blue: visits in an episode of training, full at one or more."
                        + " Dark: holes.",
                MARGIN,
                height - MARGIN);
        graphics.dispose();
        return image;
    }

    private double cell() {
        return (double) PANEL / world.lake().map().columns();
    }

    private void drawPanel(Graphics2D graphics, int left, int top, int panel) {
        int states = world.lake().states();
        String title = "optimal policy";
        double[][] policy = world.optimal().probabilities();
        double[] visits = new double[states];
        if (panel > 0) {
            Outcome outcome = outcomes.get(panel - 1);
            title = String.format(
                    Locale.ROOT,
                    "%s, error %.4f",
                    outcome.method().name(),
                    outcome.estimate(Run::finalError).mean());
            policy = meanPolicy(outcome.runs());
            visits = meanVisits(outcome.runs());
        }
        graphics.setColor(Color.BLACK);
        graphics.setFont(TITLE);
        graphics.drawString(title, left, top + TITLE_HEIGHT - 9);
        for (int state = 0; state < states; state++) {
            drawCell(graphics, left, top + TITLE_HEIGHT, state, visits[state]);
            if (!world.lake().map().isTerminal(state)) {
                drawArrows(graphics, left, top + TITLE_HEIGHT, state, policy[state]);
            }
        }
    }

    private void drawCell(Graphics2D graphics, int left, int top, int state, double visits) {
        LakeMap map = world.lake().map();
        double size = cell();
        double x = left + state % map.columns() * size;
        double y = top + state / map.columns() * size;
        Rectangle2D square = new Rectangle2D.Double(x, y, size, size);
        graphics.setColor(
                switch (map.tiles().get(state)) {
                    case HOLE -> HOLE;
                    case GOAL -> GOAL;
                    case START, FROZEN -> Palette.mix(EXPLORED, STRONGEST_SHADE * Math.min(1, visits));
                });
        graphics.fill(square);
        graphics.setColor(Color.LIGHT_GRAY);
        graphics.setStroke(new BasicStroke(1));
        graphics.draw(square);
        if (map.tiles().get(state) == Tile.START || map.tiles().get(state) == Tile.GOAL) {
            graphics.setColor(Color.DARK_GRAY);
            graphics.setFont(TITLE);
            graphics.drawString(String.valueOf(map.tiles().get(state).letter()), (float) x + 4, (float) y + 15);
        }
    }

    private void drawArrows(Graphics2D graphics, int left, int top, int state, double[] probabilities) {
        double size = cell();
        int columns = world.lake().map().columns();
        double x = left + (state % columns + 0.5) * size;
        double y = top + (state / columns + 0.5) * size;
        graphics.setColor(Color.BLACK);
        graphics.setStroke(new BasicStroke((float) Math.max(1.2, size / 28)));
        for (Action action : Action.values()) {
            double length = 0.46 * size * probabilities[action.ordinal()];
            if (probabilities[action.ordinal()] >= LEAST_ARROW) {
                drawArrow(graphics, x, y, action.columns() * length, action.rows() * length, HEAD * size / 2);
            }
        }
    }

    private static void drawArrow(Graphics2D graphics, double x, double y, double dx, double dy, double head) {
        double length = Math.hypot(dx, dy);
        double used = Math.min(head, length);
        double ux = dx / length;
        double uy = dy / length;
        double baseX = x + dx - used * ux;
        double baseY = y + dy - used * uy;
        graphics.draw(new Line2D.Double(x, y, baseX, baseY));
        Path2D tip = new Path2D.Double();
        tip.moveTo(x + dx, y + dy);
        tip.lineTo(baseX - used * uy / 2, baseY + used * ux / 2);
        tip.lineTo(baseX + used * uy / 2, baseY - used * ux / 2);
        tip.closePath();
        graphics.fill(tip);
    }

    private double[][] meanPolicy(List<Run> runs) {
        double[][] mean = new double[world.lake().states()][Action.values().length];
        for (Run run : runs) {
            for (int state = 0; state < mean.length; state++) {
                for (int action = 0; action < mean[state].length; action++) {
                    mean[state][action] += run.trained().of(state, action) / runs.size();
                }
            }
        }
        return mean;
    }

    private double[] meanVisits(List<Run> runs) {
        double[] mean = new double[world.lake().states()];
        for (Run run : runs) {
            int episodes = run.errors().length - 1;
            for (int state = 0; state < mean.length; state++) {
                mean[state] += (double) run.visits()[state] / episodes / runs.size();
            }
        }
        return mean;
    }
}

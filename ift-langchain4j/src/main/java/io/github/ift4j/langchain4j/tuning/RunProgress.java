package io.github.ift4j.langchain4j.tuning;

import java.util.List;

/**
 * The training under way.
 *
 * @param run its number
 * @param train exchanges that it learns from
 * @param heldOut exchanges that it will be measured on
 * @param step optimiser steps done
 * @param steps all of them, 0 before the first
 * @param curve loss by step, thinned out where there are many
 */
public record RunProgress(int run, int train, int heldOut, long step, long steps, List<Point> curve) {
    /** The loss before an optimiser step. */
    public record Point(long step, double loss) {}
}

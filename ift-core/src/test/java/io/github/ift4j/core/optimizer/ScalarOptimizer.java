package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;

/** The reference: plain loops over one tensor, one rounding for each operation that PyTorch performs. */
final class ScalarOptimizer {
    private final OptimizerConfig config;
    private final float[] first;
    private final float[] second;
    private int steps;

    ScalarOptimizer(OptimizerConfig config, int size) {
        this.config = config;
        this.first = new float[size];
        this.second = new float[size];
    }

    void step(float[] value, float[] gradient, double rate, double scale) {
        steps++;
        for (int i = 0; i < value.length; i++) {
            float g = gradient[i] * (float) scale;
            value[i] = switch (config) {
                case RmsPropConfig c -> rmsProp(c, i, value[i], g, rate);
                case AdamWConfig c -> adamW(c, i, value[i], g, rate);
                case SgdConfig c -> sgd(c, i, value[i], g, rate);
            };
        }
    }

    private float rmsProp(RmsPropConfig c, int i, float p, float gradient, double rate) {
        float g = c.weightDecay() == 0 ? gradient : Math.fma((float) c.weightDecay(), p, gradient);
        first[i] = first[i] * (float) c.alpha();
        first[i] = first[i] + (float) (1 - c.alpha()) * g * g;
        float root = (float) Math.sqrt(first[i]) + (float) c.epsilon();
        if (c.momentum() == 0) {
            return p + (float) -rate * g / root;
        }
        second[i] = second[i] * (float) c.momentum() + g / root;
        return Math.fma((float) -rate, second[i], p);
    }

    private float adamW(AdamWConfig c, int i, float p, float g, double rate) {
        float decayed = p * (float) (1 - rate * c.weightDecay());
        float weight = (float) (1 - c.beta1());
        first[i] = weight < 0.5f ? Math.fma(weight, g - first[i], first[i]) : Math.fma(weight - 1, g - first[i], g);
        second[i] = second[i] * (float) c.beta2() + (float) (1 - c.beta2()) * g * g;
        double correction1 = 1 - Math.pow(c.beta1(), steps);
        double correction2 = 1 - Math.pow(c.beta2(), steps);
        float denominator = (float) Math.sqrt(second[i]) / (float) Math.sqrt(correction2) + (float) c.epsilon();
        return decayed + (float) -(rate / correction1) * first[i] / denominator;
    }

    private float sgd(SgdConfig c, int i, float p, float gradient, double rate) {
        float g = c.weightDecay() == 0 ? gradient : Math.fma((float) c.weightDecay(), p, gradient);
        if (c.momentum() > 0) {
            first[i] = steps == 1 ? g : first[i] * (float) c.momentum() + g;
            g = first[i];
        }
        return Math.fma((float) -rate, g, p);
    }
}

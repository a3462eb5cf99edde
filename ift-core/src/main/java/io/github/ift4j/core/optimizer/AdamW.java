package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SequencedMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * AdamW as {@code torch.optim.AdamW} (Loshchilov and Hutter 2019): {@code p *= 1 - lr * weightDecay}, then with g the scaled
 * gradient {@code m += (1 - beta1) (g - m)}, {@code v = beta2 v + (1 - beta2) g²} and
 * {@code p -= lr / (1 - beta1^k) * m / (sqrt(v) / sqrt(1 - beta2^k) + epsilon)} in the k-th step of that parameter.
 */
public final class AdamW implements Optimizer {
    private final AdamWConfig config;
    private final ParameterBlocks blocks;
    private final Workers workers;
    private final StateMemory memory = new StateMemory();
    private final List<MemorySegment> averages;
    private final List<MemorySegment> squareAverages;
    private final MemorySegment steps;

    /** @param parameters to be changed; their memory must outlive the optimiser's use */
    public AdamW(AdamWConfig config, List<Parameter> parameters, Workers workers) {
        this.config = config;
        this.blocks = new ParameterBlocks(parameters);
        this.workers = workers;
        this.averages = memory.floatsLike("exp_avg", parameters);
        this.squareAverages = memory.floatsLike("exp_avg_sq", parameters);
        this.steps = memory.longs("step", parameters.size());
    }

    @Override
    public AdamWConfig config() {
        return config;
    }

    @Override
    public void step(double learningRate, double gradientScale) {
        Lanes.checkStep(learningRate, gradientScale);
        Factors[] factors = new Factors[blocks.parameters().size()];
        for (int i = 0; i < factors.length; i++) {
            if (blocks.parameters().get(i).hasGradient()) {
                long step = steps.getAtIndex(ValueLayout.JAVA_LONG, i) + 1;
                steps.setAtIndex(ValueLayout.JAVA_LONG, i, step);
                factors[i] = factors(learningRate, gradientScale, step);
            }
        }
        blocks.forEach(workers, (block, index, from, to) -> {
            Parameter parameter = blocks.parameters().get(index);
            update(
                    parameter.value(),
                    parameter.gradient(),
                    averages.get(index),
                    squareAverages.get(index),
                    from,
                    to,
                    factors[index]);
        });
    }

    private Factors factors(double learningRate, double gradientScale, long step) {
        double correction1 = 1 - StrictMath.pow(config.beta1(), step);
        double correction2 = 1 - StrictMath.pow(config.beta2(), step);
        return new Factors(
                (float) gradientScale,
                (float) (1 - learningRate * config.weightDecay()),
                (float) (1 - config.beta1()),
                (float) config.beta2(),
                (float) (1 - config.beta2()),
                (float) Math.sqrt(correction2),
                (float) config.epsilon(),
                (float) -(learningRate / correction1));
    }

    private static void update(
            MemorySegment value,
            MemorySegment gradient,
            MemorySegment average,
            MemorySegment squareAverage,
            long from,
            long to,
            Factors f) {
        long whole = Lanes.whole(from, to);
        for (long i = from; i < whole; i += Lanes.LENGTH) {
            FloatVector g = Lanes.load(gradient, i).mul(f.scale);
            FloatVector m = f.average(Lanes.load(average, i), g);
            Lanes.store(m, average, i);
            FloatVector v = f.squareAverage(Lanes.load(squareAverage, i), g);
            Lanes.store(v, squareAverage, i);
            Lanes.store(f.moved(Lanes.load(value, i), m, v), value, i);
        }
        if (whole < to) {
            VectorMask<Float> tail = Lanes.tail(whole, to);
            FloatVector g = Lanes.load(gradient, whole, tail).mul(f.scale);
            FloatVector m = f.average(Lanes.load(average, whole, tail), g);
            Lanes.store(m, average, whole, tail);
            FloatVector v = f.squareAverage(Lanes.load(squareAverage, whole, tail), g);
            Lanes.store(v, squareAverage, whole, tail);
            Lanes.store(f.moved(Lanes.load(value, whole, tail), m, v), value, whole, tail);
        }
    }

    @Override
    public SequencedMap<String, MemorySegment> state() {
        return memory.byName();
    }

    @Override
    public void close() {
        memory.close();
    }

    private record Factors(
            float scale,
            float decay,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float correction2Root,
            float epsilon,
            float minusStepSize) {
        /** PyTorch's lerp, which starts from the end that is nearer: the other rounds differently. */
        FloatVector average(FloatVector m, FloatVector g) {
            boolean nearM = oneMinusBeta1 < 0.5f;
            FloatVector share = FloatVector.broadcast(Lanes.SPECIES, nearM ? oneMinusBeta1 : oneMinusBeta1 - 1);
            return nearM ? g.sub(m).fma(share, m) : g.sub(m).fma(share, g);
        }

        FloatVector squareAverage(FloatVector v, FloatVector g) {
            return v.mul(beta2).add(g.mul(oneMinusBeta2).mul(g));
        }

        /** The parameter after decay and step. */
        FloatVector moved(FloatVector p, FloatVector m, FloatVector v) {
            FloatVector denominator = v.sqrt().div(correction2Root).add(epsilon);
            return p.mul(decay).add(m.mul(minusStepSize).div(denominator));
        }
    }
}

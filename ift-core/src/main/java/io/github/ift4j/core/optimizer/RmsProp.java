package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SequencedMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * RMSprop as {@code torch.optim.RMSprop(centered=False)}: with g the scaled gradient plus {@code weightDecay * p},
 * {@code v = alpha v + (1 - alpha) g²} and {@code p -= lr g / (sqrt(v) + epsilon)}; with momentum
 * {@code b = momentum b + g / (sqrt(v) + epsilon)} and {@code p -= lr b}.
 */
public final class RmsProp implements Optimizer {
    private final RmsPropConfig config;
    private final ParameterBlocks blocks;
    private final Workers workers;
    private final StateMemory memory = new StateMemory();
    private final List<MemorySegment> squareAverages;
    private final List<MemorySegment> momenta;

    /** @param parameters to be changed; their memory must outlive the optimiser's use */
    public RmsProp(RmsPropConfig config, List<Parameter> parameters, Workers workers) {
        this.config = config;
        this.blocks = new ParameterBlocks(parameters);
        this.workers = workers;
        this.squareAverages = memory.floatsLike("square_avg", parameters);
        this.momenta = config.momentum() > 0 ? memory.floatsLike("momentum_buffer", parameters) : List.of();
    }

    @Override
    public RmsPropConfig config() {
        return config;
    }

    @Override
    public void step(double learningRate, double gradientScale) {
        Lanes.checkStep(learningRate, gradientScale);
        Factors factors = new Factors(
                (float) gradientScale,
                (float) config.weightDecay(),
                (float) config.alpha(),
                (float) (1 - config.alpha()),
                (float) config.epsilon(),
                (float) config.momentum(),
                (float) -learningRate);
        blocks.forEach(workers, (block, index, from, to) -> {
            Parameter parameter = blocks.parameters().get(index);
            if (momenta.isEmpty()) {
                update(parameter.value(), parameter.gradient(), squareAverages.get(index), from, to, factors);
            } else {
                updateWithMomentum(
                        parameter.value(),
                        parameter.gradient(),
                        squareAverages.get(index),
                        momenta.get(index),
                        from,
                        to,
                        factors);
            }
        });
    }

    private static void update(
            MemorySegment value, MemorySegment gradient, MemorySegment squareAverage, long from, long to, Factors f) {
        long whole = Lanes.whole(from, to);
        for (long i = from; i < whole; i += Lanes.LENGTH) {
            FloatVector p = Lanes.load(value, i);
            FloatVector g = f.gradient(p, Lanes.load(gradient, i));
            FloatVector v = f.average(Lanes.load(squareAverage, i), g);
            Lanes.store(v, squareAverage, i);
            Lanes.store(p.add(g.mul(f.minusRate).div(f.root(v))), value, i);
        }
        if (whole < to) {
            VectorMask<Float> tail = Lanes.tail(whole, to);
            FloatVector p = Lanes.load(value, whole, tail);
            FloatVector g = f.gradient(p, Lanes.load(gradient, whole, tail));
            FloatVector v = f.average(Lanes.load(squareAverage, whole, tail), g);
            Lanes.store(v, squareAverage, whole, tail);
            Lanes.store(p.add(g.mul(f.minusRate).div(f.root(v))), value, whole, tail);
        }
    }

    private static void updateWithMomentum(
            MemorySegment value,
            MemorySegment gradient,
            MemorySegment squareAverage,
            MemorySegment momentum,
            long from,
            long to,
            Factors f) {
        long whole = Lanes.whole(from, to);
        for (long i = from; i < whole; i += Lanes.LENGTH) {
            FloatVector p = Lanes.load(value, i);
            FloatVector g = f.gradient(p, Lanes.load(gradient, i));
            FloatVector v = f.average(Lanes.load(squareAverage, i), g);
            Lanes.store(v, squareAverage, i);
            FloatVector b = Lanes.load(momentum, i).mul(f.momentum).add(g.div(f.root(v)));
            Lanes.store(b, momentum, i);
            Lanes.store(b.fma(FloatVector.broadcast(Lanes.SPECIES, f.minusRate), p), value, i);
        }
        if (whole < to) {
            VectorMask<Float> tail = Lanes.tail(whole, to);
            FloatVector p = Lanes.load(value, whole, tail);
            FloatVector g = f.gradient(p, Lanes.load(gradient, whole, tail));
            FloatVector v = f.average(Lanes.load(squareAverage, whole, tail), g);
            Lanes.store(v, squareAverage, whole, tail);
            FloatVector b = Lanes.load(momentum, whole, tail).mul(f.momentum).add(g.div(f.root(v)));
            Lanes.store(b, momentum, whole, tail);
            Lanes.store(b.fma(FloatVector.broadcast(Lanes.SPECIES, f.minusRate), p), value, whole, tail);
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
            float weightDecay,
            float alpha,
            float oneMinusAlpha,
            float epsilon,
            float momentum,
            float minusRate) {
        /** The scaled gradient with the weight decay. */
        FloatVector gradient(FloatVector p, FloatVector gradient) {
            return p.fma(FloatVector.broadcast(Lanes.SPECIES, weightDecay), gradient.mul(scale));
        }

        /** The new mean square. */
        FloatVector average(FloatVector v, FloatVector g) {
            return v.mul(alpha).add(g.mul(oneMinusAlpha).mul(g));
        }

        FloatVector root(FloatVector v) {
            return v.sqrt().add(epsilon);
        }
    }
}

package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SequencedMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Stochastic gradient descent as {@code torch.optim.SGD(dampening=0, nesterov=False)}: with g the scaled gradient plus
 * {@code weightDecay * p}, {@code p -= lr g}; with momentum {@code b = momentum b + g} and {@code p -= lr b}.
 */
public final class Sgd implements Optimizer {
    private final SgdConfig config;
    private final ParameterBlocks blocks;
    private final Workers workers;
    private final StateMemory memory = new StateMemory();
    private final List<MemorySegment> momenta;

    /** @param parameters to be changed; their memory must outlive the optimiser's use */
    public Sgd(SgdConfig config, List<Parameter> parameters, Workers workers) {
        this.config = config;
        this.blocks = new ParameterBlocks(parameters);
        this.workers = workers;
        this.momenta = config.momentum() > 0 ? memory.floatsLike("momentum_buffer", parameters) : List.of();
    }

    @Override
    public SgdConfig config() {
        return config;
    }

    @Override
    public void step(double learningRate, double gradientScale) {
        Lanes.checkStep(learningRate, gradientScale);
        float scale = (float) gradientScale;
        float decay = (float) config.weightDecay();
        float momentum = (float) config.momentum();
        float minusRate = (float) -learningRate;
        blocks.forEach(workers, (block, index, from, to) -> {
            Parameter parameter = blocks.parameters().get(index);
            if (momenta.isEmpty()) {
                update(parameter.value(), parameter.gradient(), from, to, scale, decay, minusRate);
            } else {
                updateWithMomentum(
                        parameter.value(),
                        parameter.gradient(),
                        momenta.get(index),
                        from,
                        to,
                        scale,
                        decay,
                        momentum,
                        minusRate);
            }
        });
    }

    private static void update(
            MemorySegment value,
            MemorySegment gradient,
            long from,
            long to,
            float scale,
            float decay,
            float minusRate) {
        long whole = Lanes.whole(from, to);
        for (long i = from; i < whole; i += Lanes.LENGTH) {
            FloatVector p = Lanes.load(value, i);
            FloatVector g = gradient(p, Lanes.load(gradient, i), scale, decay);
            Lanes.store(g.fma(FloatVector.broadcast(Lanes.SPECIES, minusRate), p), value, i);
        }
        if (whole < to) {
            VectorMask<Float> tail = Lanes.tail(whole, to);
            FloatVector p = Lanes.load(value, whole, tail);
            FloatVector g = gradient(p, Lanes.load(gradient, whole, tail), scale, decay);
            Lanes.store(g.fma(FloatVector.broadcast(Lanes.SPECIES, minusRate), p), value, whole, tail);
        }
    }

    /** The scaled gradient with the weight decay. */
    private static FloatVector gradient(FloatVector p, FloatVector gradient, float scale, float decay) {
        return p.fma(FloatVector.broadcast(Lanes.SPECIES, decay), gradient.mul(scale));
    }

    private static void updateWithMomentum(
            MemorySegment value,
            MemorySegment gradient,
            MemorySegment momenta,
            long from,
            long to,
            float scale,
            float decay,
            float momentum,
            float minusRate) {
        long whole = Lanes.whole(from, to);
        for (long i = from; i < whole; i += Lanes.LENGTH) {
            FloatVector p = Lanes.load(value, i);
            FloatVector g = gradient(p, Lanes.load(gradient, i), scale, decay);
            FloatVector b = Lanes.load(momenta, i).mul(momentum).add(g);
            Lanes.store(b, momenta, i);
            Lanes.store(b.fma(FloatVector.broadcast(Lanes.SPECIES, minusRate), p), value, i);
        }
        if (whole < to) {
            VectorMask<Float> tail = Lanes.tail(whole, to);
            FloatVector p = Lanes.load(value, whole, tail);
            FloatVector g = gradient(p, Lanes.load(gradient, whole, tail), scale, decay);
            FloatVector b = Lanes.load(momenta, whole, tail).mul(momentum).add(g);
            Lanes.store(b, momenta, whole, tail);
            Lanes.store(b.fma(FloatVector.broadcast(Lanes.SPECIES, minusRate), p), value, whole, tail);
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
}

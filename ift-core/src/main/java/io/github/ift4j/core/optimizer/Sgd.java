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
        for (long i = from; i < to; i += Lanes.LENGTH) {
            VectorMask<Float> mask = Lanes.mask(i, to);
            FloatVector p = Lanes.load(value, i, mask);
            FloatVector g = p.fma(
                    FloatVector.broadcast(Lanes.SPECIES, decay),
                    Lanes.load(gradient, i, mask).mul(scale));
            Lanes.store(g.fma(FloatVector.broadcast(Lanes.SPECIES, minusRate), p), value, i, mask);
        }
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
        for (long i = from; i < to; i += Lanes.LENGTH) {
            VectorMask<Float> mask = Lanes.mask(i, to);
            FloatVector p = Lanes.load(value, i, mask);
            FloatVector g = p.fma(
                    FloatVector.broadcast(Lanes.SPECIES, decay),
                    Lanes.load(gradient, i, mask).mul(scale));
            FloatVector b = Lanes.load(momenta, i, mask).mul(momentum).add(g);
            Lanes.store(b, momenta, i, mask);
            Lanes.store(b.fma(FloatVector.broadcast(Lanes.SPECIES, minusRate), p), value, i, mask);
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

package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.random.SplitMix64;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Two fully connected layers, {@code logits = W2 tanh(W1 x + b1) + b2}, over float32 parameters, computed in float64. The input x
 * is a mix of two one-hot vectors ({@link MixedState}), so that {@code W1 x} is the same mix of two columns of W1; W1 is stored
 * transposed, [states, hidden].
 */
final class TwoLayerNetwork implements AutoCloseable {
    /** Purpose of the random numbers of the weights, see {@link SplitMix64#of}. */
    private static final long PURPOSE = 101;

    private final int inputs;
    private final int hidden;
    private final int outputs;
    private final Arena arena = Arena.ofShared();
    private final Parameter weight1;
    private final Parameter bias1;
    private final Parameter weight2;
    private final Parameter bias2;

    /**
     * Draws weights and biases uniformly from {@code +-scale / sqrt(inputs of the layer)}; with scale 1 that is the default of
     * PyTorch's {@code Linear}.
     *
     * @param inputs length of a one-hot vector
     * @param hidden width
     * @param outputs number of logits
     * @param scale of the initial weights
     * @param seed of the initial weights
     */
    TwoLayerNetwork(int inputs, int hidden, int outputs, double scale, long seed) {
        this(inputs, hidden, outputs);
        SplitMix64 random = SplitMix64.of(seed, PURPOSE, 0);
        for (Parameter parameter : parameters()) {
            int fanIn = parameter == weight1 || parameter == bias1 ? inputs : hidden;
            double bound = scale / Math.sqrt(fanIn);
            for (long i = 0; i < parameter.size(); i++) {
                float value = (float) (bound * (2 * random.nextDouble() - 1));
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
            }
        }
    }

    /** All zero. */
    private TwoLayerNetwork(int inputs, int hidden, int outputs) {
        Preconditions.checkArgument(hidden >= 1, "hidden must be at least 1, was %s", hidden);
        this.inputs = inputs;
        this.hidden = hidden;
        this.outputs = outputs;
        this.weight1 = parameter("layer1.weight", List.of(inputs, hidden));
        this.bias1 = parameter("layer1.bias", List.of(hidden));
        this.weight2 = parameter("layer2.weight", List.of(outputs, hidden));
        this.bias2 = parameter("layer2.bias", List.of(outputs));
    }

    /** A network of its own with the same parameters. */
    TwoLayerNetwork copy() {
        TwoLayerNetwork copy = new TwoLayerNetwork(inputs, hidden, outputs);
        for (int i = 0; i < parameters().size(); i++) {
            copy.parameters().get(i).value().copyFrom(parameters().get(i).value());
        }
        return copy;
    }

    private Parameter parameter(String name, List<Integer> shape) {
        long size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        return new Parameter(name, shape, floats(size), floats(size));
    }

    private MemorySegment floats(long size) {
        return arena.allocate(ValueLayout.JAVA_FLOAT, size);
    }

    /** Weights and biases, first layer first. */
    List<Parameter> parameters() {
        return List.of(weight1, bias1, weight2, bias2);
    }

    /** Computes the outputs for one input and keeps what the backward pass needs. */
    Activations forward(MixedState input) {
        double[] tanh = new double[hidden];
        for (int k = 0; k < hidden; k++) {
            double sum = bias1.get(k);
            sum += (1 - input.share()) * weight1.get((long) input.state() * hidden + k);
            if (input.share() > 0) {
                sum += input.share() * weight1.get((long) input.predicted() * hidden + k);
            }
            tanh[k] = Math.tanh(sum);
        }
        double[] logits = new double[outputs];
        for (int o = 0; o < outputs; o++) {
            logits[o] = bias2.get(o);
            for (int k = 0; k < hidden; k++) {
                logits[o] += weight2.get((long) o * hidden + k) * tanh[k];
            }
        }
        return new Activations(input, tanh, logits);
    }

    /** Adds to the gradients of all parameters, given the derivative by the logits, [outputs]. */
    void backward(Activations forward, double[] dLogits) {
        parameters().forEach(Parameter::markGradient);
        double[] dTanh = new double[hidden];
        for (int o = 0; o < outputs; o++) {
            add(bias2, o, dLogits[o]);
            for (int k = 0; k < hidden; k++) {
                add(weight2, (long) o * hidden + k, dLogits[o] * forward.tanh[k]);
                dTanh[k] += dLogits[o] * weight2.get((long) o * hidden + k);
            }
        }
        MixedState input = forward.input;
        for (int k = 0; k < hidden; k++) {
            double dSum = dTanh[k] * (1 - forward.tanh[k] * forward.tanh[k]);
            add(bias1, k, dSum);
            add(weight1, (long) input.state() * hidden + k, (1 - input.share()) * dSum);
            if (input.share() > 0) {
                add(weight1, (long) input.predicted() * hidden + k, input.share() * dSum);
            }
        }
    }

    private static void add(Parameter parameter, long index, double amount) {
        float sum = (float) (parameter.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, index) + amount);
        parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, index, sum);
    }

    @Override
    public void close() {
        arena.close();
    }

    /**
     * What a forward pass leaves.
     *
     * @param input what was read
     * @param tanh activations of the first layer, [hidden]
     * @param logits of the outputs, [outputs]
     */
    record Activations(MixedState input, double[] tanh, double[] logits) {
        /** Log-probabilities of the outputs. */
        double[] logProbabilities() {
            double largest = logits[greedy()];
            double sum = 0;
            for (double logit : logits) {
                sum += Math.exp(logit - largest);
            }
            double[] logps = new double[logits.length];
            for (int o = 0; o < logps.length; o++) {
                logps[o] = logits[o] - largest - Math.log(sum);
            }
            return logps;
        }

        /** The output with the largest logit, the lowest among equals. */
        int greedy() {
            int best = 0;
            for (int o = 1; o < logits.length; o++) {
                best = logits[o] > logits[best] ? o : best;
            }
            return best;
        }
    }
}

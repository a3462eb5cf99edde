package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.util.List;

/**
 * The elements of a list of parameters, cut into blocks whose bounds depend on nothing but the parameters' sizes: what is
 * computed block by block is the same for any number of threads.
 */
final class ParameterBlocks {
    /** Elements of a block; 128 KiB a tensor, so that the tensors of an update stay in the second-level cache. */
    static final int BLOCK = 1 << 15;

    private final List<Parameter> parameters;
    private final int[] firstBlock;

    ParameterBlocks(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
        this.firstBlock = new int[parameters.size() + 1];
        for (int i = 0; i < parameters.size(); i++) {
            long blocks = (parameters.get(i).size() + BLOCK - 1) / BLOCK;
            firstBlock[i + 1] = Math.toIntExact(firstBlock[i] + blocks);
        }
    }

    List<Parameter> parameters() {
        return parameters;
    }

    /** Number of blocks. */
    int count() {
        return firstBlock[parameters.size()];
    }

    /** Runs {@code task} for every block of the parameters that have a gradient, in any order and on any thread. */
    void forEach(Workers workers, BlockTask task) {
        workers.forEach(count(), (block, worker) -> {
            int index = parameterOf(block);
            Parameter parameter = parameters.get(index);
            if (parameter.hasGradient()) {
                long from = (long) (block - firstBlock[index]) * BLOCK;
                task.run(block, index, from, Math.min(parameter.size(), from + BLOCK));
            }
        });
    }

    private int parameterOf(int block) {
        int low = 0;
        int high = parameters.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (firstBlock[middle] <= block) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Work on the elements {@code from} to {@code to - 1} of parameter {@code index}. */
    @FunctionalInterface
    interface BlockTask {
        void run(int block, int index, long from, long to);
    }
}

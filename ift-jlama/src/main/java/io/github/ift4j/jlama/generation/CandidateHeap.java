package io.github.ift4j.jlama.generation;

/**
 * A binary heap over token ids that hands them out from the greatest weight to the least, equal ones by rising id. What is
 * handed out moves to the end of the array, as in heap sort.
 */
final class CandidateHeap {
    private final int[] ids;
    private final double[] weights;
    private int size;

    /**
     * @param ids tokens, reordered in place
     * @param weights weight of each token id
     * @param size number of tokens
     */
    CandidateHeap(int[] ids, double[] weights, int size) {
        this.ids = ids;
        this.weights = weights;
        this.size = size;
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    /** The token that {@link #pop} takes. */
    int top() {
        return ids[0];
    }

    /** Number of tokens taken so far. */
    int popped() {
        return ids.length - size;
    }

    /** Moves the greatest remaining token to the place before the ones taken earlier. */
    void pop() {
        int top = ids[0];
        size--;
        ids[0] = ids[size];
        ids[size] = top;
        sink(0);
    }

    private void sink(int start) {
        int i = start;
        while (2 * i + 1 < size) {
            int child = 2 * i + 1;
            if (child + 1 < size && before(ids[child + 1], ids[child])) {
                child++;
            }
            if (!before(ids[child], ids[i])) {
                return;
            }
            int id = ids[i];
            ids[i] = ids[child];
            ids[child] = id;
            i = child;
        }
    }

    private boolean before(int a, int b) {
        return weights[a] > weights[b] || (weights[a] == weights[b] && a < b);
    }
}

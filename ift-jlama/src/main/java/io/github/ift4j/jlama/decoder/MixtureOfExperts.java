package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.RowShare;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.TopKRouter;
import java.util.Arrays;
import java.util.List;

/**
 * Gated MLPs of which a router chooses some for each token; their outputs are added with the router's shares, in the order of the
 * experts.
 *
 * <p>Row r's i-th chosen expert has its projections in row r · chosen + i of the activations, a slot, so that what a row keeps does
 * not depend on the other rows.
 */
record MixtureOfExperts(int chosen, Linear router, List<GatedMlp> experts) implements Mlp {
    MixtureOfExperts {
        experts = List.copyOf(experts);
    }

    @Override
    public void forward(Compute compute, Matrix x, MlpActivations a, Matrix out, boolean accumulate) {
        Matrix logits = a.experts().logits().rowRange(0, x.rows());
        router.forward(compute, x, logits, false);
        TopKRouter.forward(compute.workers(), logits, chosen, a.chosen(), a.share());
        if (!accumulate) {
            out.clear();
        }
        for (int e = 0; e < experts.size(); e++) {
            Slots slots = slots(a, e);
            if (slots.count() == 0) {
                continue;
            }
            Compute own = compute.of(slots.rows());
            Matrix input = a.experts().input().rowRange(0, slots.count());
            Matrix projected = a.experts().projected().rowRange(0, slots.count());
            Matrix activated = a.activated().rowRange(0, slots.count());
            Matrix output = a.experts().output().rowRange(0, slots.count());
            Rows.gather(compute.workers(), x, slots.rows(), input);
            experts.get(e).gateUp().forward(own, input, projected);
            for (int i = 0; i < slots.count(); i++) {
                a.projected().copyRow(slots.slots()[i], projected, i);
            }
            experts.get(e).activate(own, projected, activated);
            experts.get(e).down().forward(own, activated, output, false);
            RowShare.forward(compute.workers(), output, slots.shares());
            Rows.scatterAdd(compute.workers(), output, slots.rows(), out);
        }
    }

    @Override
    public void backward(Compute compute, Matrix x, MlpActivations a, Matrix dOut, Matrix dX) {
        Matrix dShare = a.experts().dShare().rowRange(0, x.rows());
        dX.clear();
        for (int e = 0; e < experts.size(); e++) {
            Slots slots = slots(a, e);
            if (slots.count() > 0) {
                backward(compute.of(slots.rows()), e, slots, x, a, dOut, dX, dShare);
            }
        }
        Matrix dLogits = a.experts().logits().rowRange(0, x.rows());
        TopKRouter.backward(compute.workers(), a.chosen(), a.share(), dShare, dLogits);
        router.backwardWeight(compute, x, dLogits);
        router.backwardInput(compute, dLogits, dX, true);
    }

    private void backward(
            Compute compute, int e, Slots slots, Matrix x, MlpActivations a, Matrix dOut, Matrix dX, Matrix dShare) {
        GatedMlp expert = experts.get(e);
        Matrix input = a.experts().input().rowRange(0, slots.count());
        Matrix projected = a.experts().projected().rowRange(0, slots.count());
        Matrix activated = a.activated().rowRange(0, slots.count());
        Matrix dOutput = a.experts().output().rowRange(0, slots.count());
        Rows.gather(compute.workers(), dOut, slots.rows(), dOutput);
        Rows.gather(compute.workers(), a.projected(), slots.slots(), projected);
        expert.down().backwardInput(compute, dOutput, activated, false);
        expert.activateBackward(compute, projected, activated);
        // The share's gradient is dOut · down(h) = dH · h with h = activation(gate) · up, which is the gradient of up
        // times up.
        float[] dShares = new float[slots.count()];
        RowShare.backward(
                compute.workers(), GatedMlp.up(a.projected()), slots.slots(), GatedMlp.up(projected), dShares);
        for (int i = 0; i < slots.count(); i++) {
            dShare.set(slots.rows()[i], slots.slots()[i] % chosen, dShares[i]);
        }
        RowShare.forward(compute.workers(), projected, slots.shares());
        RowShare.forward(compute.workers(), dOutput, slots.shares());
        expert.down().backwardWeight(compute, activated, dOutput);
        Rows.gather(compute.workers(), x, slots.rows(), input);
        expert.gateUp().backwardWeight(compute, input, projected);
        expert.gateUp().backwardInput(compute, projected, input, false);
        Rows.scatterAdd(compute.workers(), input, slots.rows(), dX);
    }

    private Slots slots(MlpActivations a, int expert) {
        int all = a.chosen().rows() * chosen;
        int[] rows = new int[all];
        int[] slots = new int[all];
        float[] shares = new float[all];
        int count = 0;
        for (int row = 0; row < a.chosen().rows(); row++) {
            for (int i = 0; i < chosen; i++) {
                if (a.chosen().get(row, i) == expert) {
                    rows[count] = row;
                    slots[count] = row * chosen + i;
                    shares[count++] = a.share().get(row, i);
                }
            }
        }
        return new Slots(Arrays.copyOf(rows, count), Arrays.copyOf(slots, count), Arrays.copyOf(shares, count));
    }

    /**
     * What goes through one expert.
     *
     * @param rows the rows, ascending
     * @param slots the slot of each
     * @param shares the router's share of each
     */
    private record Slots(int[] rows, int[] slots, float[] shares) {
        int count() {
            return rows.length;
        }
    }
}

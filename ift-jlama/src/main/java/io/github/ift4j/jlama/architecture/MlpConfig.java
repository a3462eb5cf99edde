package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;

/** The feed-forward part of every layer. */
public sealed interface MlpConfig {
    /** Width of the inner layer, of one expert where there are several. */
    int width();

    /** The non-linear function. */
    Activation activation();

    /** Whether the linear layers have a bias. */
    boolean bias();

    /** down(activation(gate(x)) · up(x)). */
    record Gated(int width, Activation activation, boolean bias) implements MlpConfig {}

    /** down(activation(up(x))), as GPT-2. */
    record Plain(int width, Activation activation, boolean bias) implements MlpConfig {}

    /**
     * Several gated MLPs, of which a router chooses some for each token: their outputs are added with the router's shares, a
     * softmax over all experts that is renormalised over the chosen ones (HuggingFace's {@code MixtralSparseMoeBlock}).
     *
     * @param width of one expert
     * @param experts number of experts
     * @param chosen number of experts a token goes through
     */
    record Mixture(int width, Activation activation, int experts, int chosen) implements MlpConfig {
        /** @throws CheckpointException when more experts are to be chosen than there are */
        public Mixture {
            if (chosen < 1 || chosen > experts) {
                throw new CheckpointException(
                        "num_experts_per_tok " + chosen + " must be between 1 and num_local_experts " + experts);
            }
        }

        @Override
        public boolean bias() {
            return false;
        }
    }
}

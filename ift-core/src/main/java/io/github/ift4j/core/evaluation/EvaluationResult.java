package io.github.ift4j.core.evaluation;

/**
 * How well a policy predicts the labels of a data set under teacher forcing.
 *
 * @param examples number of examples
 * @param tokens number of labelled tokens
 * @param nll mean negative log-likelihood of a labelled token, in nats
 * @param accuracy share of labelled tokens that are the policy's most probable one
 */
public record EvaluationResult(int examples, long tokens, double nll, double accuracy) {
    /** {@code exp(nll)}. */
    public double perplexity() {
        return Math.exp(nll);
    }
}

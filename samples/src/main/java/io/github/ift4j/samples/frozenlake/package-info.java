/**
 * The explainable experiment of the paper (Hua et al. 2025, section 5.3): small agents on a Frozen Lake learn from one optimal
 * trajectory, or from it and a sub-optimal one, and are compared with the optimal policy.
 *
 * <p>Read in this order: {@link io.github.ift4j.samples.frozenlake.FrozenLake}, {@link
 * io.github.ift4j.samples.frozenlake.ValueIteration}, {@link io.github.ift4j.samples.frozenlake.Trajectory}, {@link
 * io.github.ift4j.samples.frozenlake.LakePolicy}, {@link io.github.ift4j.samples.frozenlake.Experiment}, {@link
 * io.github.ift4j.samples.frozenlake.ResultTable}.
 */
package io.github.ift4j.samples.frozenlake;

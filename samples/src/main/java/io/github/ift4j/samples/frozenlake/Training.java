package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.random.SplitMix64;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingListener;
import java.util.Arrays;
import java.util.List;

/**
 * Trains one agent with ift-core's trainer and watches it.
 *
 * @param world that it learns of
 * @param agent how it is made
 * @param method that it is trained with
 * @param learningRate of each step
 * @param workers threads
 */
record Training(World world, Agent agent, Method method, double learningRate, Workers workers) {
    /** Purpose of the random numbers of the episodes, see {@link SplitMix64#of}. */
    private static final long EPISODE_PURPOSE = 102;

    /** Trains; the same seed gives the same run. */
    Run run(long seed) {
        FrozenLake lake = world.lake();
        try (LakePolicy policy = new LakePolicy(lake, agent.hidden(), agent.initialScale(), seed)) {
            if (agent.warmupSteps() > 0) {
                train(policy, new SupervisedFineTuning(), both(), config(seed, agent.warmupSteps(), Agent.WARMUP_RATE));
            }
            Observer observer = new Observer(policy, seed);
            List<Example> data = List.of(method.example(world.lesson()));
            train(policy, method.objective(), data, config(seed, agent.steps(), learningRate), observer);
            return observer.result();
        }
    }

    private List<Example> both() {
        return List.of(
                Example.of(world.lesson().optimal().toSequence(), "the optimal trajectory"),
                Example.of(world.lesson().subOptimal().toSequence(), "the sub-optimal trajectory"));
    }

    private void train(
            LakePolicy policy,
            Objective objective,
            List<Example> data,
            TrainingConfig config,
            TrainingListener... listeners) {
        Trainer.Builder builder = Trainer.builder()
                .policy(policy)
                .objective(objective)
                .optimizer(agent.optimizer())
                .data(Dataset.of(data))
                .config(config)
                .workers(workers);
        Arrays.stream(listeners).forEach(builder::listener);
        builder.build().train();
    }

    private static TrainingConfig config(long seed, int steps, double learningRate) {
        return TrainingConfig.builder()
                .maxSteps(steps)
                .batchSize(2)
                .learningRate(learningRate)
                .schedule(LearningRateSchedule.CONSTANT)
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .seed(seed)
                .build();
    }

    /** Looks at the agent before training and after each step. */
    private final class Observer implements TrainingListener {
        private final LakePolicy policy;
        private final long seed;
        private final TransitionMatrix best = TransitionMatrix.of(world.lake(), world.optimal());
        private final double[] errors = new double[agent.steps() + 1];
        private final int[] visits = new int[world.lake().states()];
        private final boolean[] taught = new boolean[world.lake().states()];
        private StochasticPolicy behaviour;

        Observer(LakePolicy policy, long seed) {
            this.policy = policy;
            this.seed = seed;
            look(0);
        }

        @Override
        public void onStep(StepMetrics metrics) {
            read(metrics.lambda().orElse(0));
            play(metrics.step());
            look((int) metrics.step());
        }

        private void look(int step) {
            behaviour = policy.behaviour();
            errors[step] = transitions().meanSquaredError(best);
        }

        private TransitionMatrix transitions() {
            return TransitionMatrix.of(world.lake(), behaviour);
        }

        /** One episode of the agent as it was before the step. */
        private void play(long step) {
            SplitMix64 random = SplitMix64.of(seed, EPISODE_PURPOSE, step);
            FrozenLake lake = world.lake();
            int state = lake.map().start();
            for (int i = 0; i < lake.episodeSteps() && !lake.map().isTerminal(state); i++) {
                visits[state]++;
                state = lake.step(state, behaviour.sample(state, random.nextDouble()), random);
            }
            visits[state]++;
        }

        /** Notes what the step read: the agent as it was before it decides what the residual mixes in. */
        private void read(double lambda) {
            read(world.lesson().optimal(), lambda);
            if (method.isPairwise()) {
                read(world.lesson().subOptimal(), lambda);
            }
        }

        private void read(Trajectory trajectory, double lambda) {
            for (int t = 0; t < trajectory.length(); t++) {
                int state = trajectory.states()[t];
                taught[state] = true;
                if (lambda > 0 && t + 1 < trajectory.length()) {
                    taught[world.lake().likelySuccessor(state, behaviour.greedy(state))] = true;
                }
            }
        }

        Run result() {
            Occupancy occupancy = Occupancy.of(transitions(), world.lake().episodeSteps());
            return new Run(errors, visits, taught, behaviour, occupancy);
        }
    }
}

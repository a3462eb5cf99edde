package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExperimentTest {
    private static final World WORLD = World.of(new FrozenLake(LakeMap.small(), false), SubOptimal.ONCE);
    private static final List<Method> METHODS = Methods.all(0.2, 0.95);

    private static Experiment experiment(Agent agent) {
        return new Experiment(WORLD, agent, new Plan(3, 2, List.of(1e-5, 3e-3), 7));
    }

    private static List<Outcome> run(Agent agent, int threads) {
        try (Workers workers = new Workers(threads)) {
            return experiment(agent).run(METHODS, workers, done -> {});
        }
    }

    @Test
    void resultsDoNotDependOnTheNumberOfThreads() {
        Agent agent = Agent.withDefaults().withSteps(6).withWarmupSteps(3);
        List<Outcome> alone = run(agent, 1);
        List<Outcome> together = run(agent, 3);

        for (int m = 0; m < METHODS.size(); m++) {
            assertThat(together.get(m).tuned()).containsExactly(alone.get(m).tuned());
            for (int seed = 0; seed < 3; seed++) {
                Run expected = alone.get(m).runs().get(seed);
                assertThat(together.get(m).runs().get(seed).errors()).containsExactly(expected.errors());
                assertThat(together.get(m).runs().get(seed).visits()).containsExactly(expected.visits());
            }
        }
    }

    @Test
    void allMethodsBeginWithTheSameAgents() {
        List<Outcome> outcomes = run(Agent.withDefaults().withSteps(2), 1);

        for (Outcome outcome : outcomes) {
            assertThat(outcome.each(run -> run.errors()[0]))
                    .containsExactly(outcomes.getFirst().each(run -> run.errors()[0]));
            assertThat(outcome.runs()).hasSize(3);
        }
    }

    @Test
    void theRateOfTheLeastErrorInTuningIsChosen() {
        for (Outcome outcome : run(Agent.withDefaults().withSteps(20), 2)) {
            boolean first = outcome.tuned()[0] <= outcome.tuned()[1];
            assertThat(outcome.learningRate()).isEqualTo(first ? 1e-5 : 3e-3);
        }
    }

    @Test
    void imitatingTheOptimalTrajectoryBringsAnAgentNearer() {
        Outcome sft = run(Agent.withDefaults().withSteps(60), 2).getFirst();

        assertThat(sft.estimate(Run::finalError).high())
                .isLessThan(sft.estimate(run -> run.errors()[0]).low());
    }

    @Test
    void aWarmUpChangesWhereAgentsBegin() {
        Outcome cold = run(Agent.withDefaults().withSteps(1), 1).getFirst();
        Outcome warm =
                run(Agent.withDefaults().withSteps(1).withWarmupSteps(50), 1).getFirst();

        assertThat(warm.runs().getFirst().errors()[0])
                .isLessThan(cold.runs().getFirst().errors()[0]);
    }

    @Test
    void progressCountsEveryAgent() {
        AtomicInteger told = new AtomicInteger();
        Experiment experiment = experiment(Agent.withDefaults().withSteps(1));
        try (Workers workers = new Workers(2)) {
            experiment.run(METHODS, workers, done -> told.incrementAndGet());
        }

        assertThat(told.get()).isEqualTo(experiment.runs(METHODS.size())).isEqualTo(METHODS.size() * (2 * 2 + 3));
    }

    @Test
    void methodsThatCompareLearnFromBothTrajectories() {
        for (Method method : METHODS) {
            boolean single = List.of("SFT", "IFT").contains(method.name());
            assertThat(method.example(WORLD.lesson()).sequences()).hasSize(single ? 1 : 2);
        }
    }
}

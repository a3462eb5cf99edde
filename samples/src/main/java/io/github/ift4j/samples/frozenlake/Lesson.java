package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What the methods learn from, one example each.
 *
 * @param optimal the best episode of the optimal policy
 * @param subOptimal a worse one
 */
public record Lesson(Trajectory optimal, Trajectory subOptimal) {
    /**
     * Finds both trajectories. The optimal one is the most probable successful episode (discounted, see {@link Ways}) of the agent
     * that takes the lowest of the optimal actions.
     *
     * @param solution of the lake
     * @param discount of a step
     * @param kind of the sub-optimal trajectory
     * @throws IllegalArgumentException when the lake has no way to the goal, or no such trajectory
     */
    public static Lesson of(FrozenLake lake, ValueIteration solution, double discount, SubOptimal kind) {
        Guide guide = new Guide(lake, solution, discount);
        Trajectory optimal = guide.home.from(lake.map().start());
        Trajectory subOptimal = switch (kind) {
            case ONCE -> guide.detourOnce(optimal);
            case EVERYWHERE -> guide.detourEverywhere();
            case FARTHEST -> guide.detourFarthest(optimal);
            case HOLE -> guide.fall(optimal);
        };
        Preconditions.checkArgument(
                subOptimal != optimal,
                "%s: there is no sub-optimal trajectory '%s'; choose another --sub-optimal or a map with more room",
                lake.map().name(),
                kind);
        return new Lesson(optimal, subOptimal);
    }

    /** Knows the ways on one lake. */
    private static final class Guide {
        private final FrozenLake lake;
        private final ValueIteration solution;
        private final double discount;
        private final Ways home;

        Guide(FrozenLake lake, ValueIteration solution, double discount) {
            this.lake = lake;
            this.solution = solution;
            this.discount = discount;
            this.home = Ways.to(
                    lake, discount, (state, action, next) -> action == solution.optimalAction(state), this::isGoal);
        }

        private boolean isGoal(int state) {
            return lake.map().tiles().get(state) == Tile.GOAL;
        }

        private OptionalInt badStep(int state) {
            OptionalInt worst = OptionalInt.empty();
            for (int action = 0; action < Action.values().length; action++) {
                int next = lake.likelySuccessor(state, action);
                boolean leadsOn = next != state && !lake.map().isTerminal(next) && home.weight(next) > 0;
                if (leadsOn && !solution.isOptimal(state, action) && isWorse(state, action, worst)) {
                    worst = OptionalInt.of(action);
                }
            }
            return worst;
        }

        private boolean isWorse(int state, int action, OptionalInt than) {
            return than.isEmpty() || solution.actionValue(state, action) < solution.actionValue(state, than.getAsInt());
        }

        Trajectory detourOnce(Trajectory optimal) {
            return leaveAt(optimal, this::badStep);
        }

        Trajectory fall(Trajectory optimal) {
            return leaveAt(optimal, this::stepIntoHole);
        }

        private OptionalInt stepIntoHole(int state) {
            return IntStream.range(0, Action.values().length)
                    .filter(action -> lake.map().tiles().get(lake.likelySuccessor(state, action)) == Tile.HOLE)
                    .findFirst();
        }

        /** Takes the step at the first state from the middle on that has one, and goes on from there if it can. */
        private Trajectory leaveAt(Trajectory optimal, IntFunction<OptionalInt> step) {
            int length = optimal.length();
            for (int i = 0; i < length; i++) {
                int at = (length / 2 + i) % length;
                int state = optimal.states()[at];
                OptionalInt action = step.apply(state);
                if (action.isPresent()) {
                    int next = lake.likelySuccessor(state, action.getAsInt());
                    Trajectory left =
                            optimal.then(at, new Trajectory(new int[] {state, next}, new int[] {action.getAsInt()}));
                    return lake.map().isTerminal(next) ? left : left.then(at + 1, home.from(next));
                }
            }
            return optimal;
        }

        Trajectory detourEverywhere() {
            List<Integer> states = new ArrayList<>(List.of(lake.map().start()));
            List<Integer> actions = new ArrayList<>();
            Set<Integer> seen = new HashSet<>();
            while (!isGoal(states.getLast())) {
                int state = states.getLast();
                OptionalInt bad = seen.add(state) ? badStep(state) : OptionalInt.empty();
                Trajectory on = home.from(state);
                actions.add(bad.orElse(on.actions()[0]));
                states.add(bad.isPresent() ? lake.likelySuccessor(state, bad.getAsInt()) : on.states()[1]);
            }
            return new Trajectory(
                    states.stream().mapToInt(Integer::intValue).toArray(),
                    actions.stream().mapToInt(Integer::intValue).toArray());
        }

        Trajectory detourFarthest(Trajectory optimal) {
            Ways back = Ways.to(lake, discount, this::isIntended, state -> contains(optimal.states(), state));
            double farthest = 1;
            Trajectory found = optimal;
            for (int state = 0; state < lake.states(); state++) {
                if (back.weight(state) > 0 && back.weight(state) < farthest) {
                    Optional<Trajectory> detour = through(state).filter(way -> way.length() > optimal.length());
                    farthest = detour.isPresent() ? back.weight(state) : farthest;
                    found = detour.orElse(found);
                }
            }
            return found;
        }

        private Optional<Trajectory> through(int state) {
            Ways there = Ways.to(lake, discount, this::isIntended, other -> other == state);
            Ways onwards = Ways.to(lake, discount, this::isIntended, this::isGoal);
            int start = lake.map().start();
            return there.weight(start) > 0 && onwards.weight(state) > 0
                    ? Optional.of(there.from(start)).map(way -> way.then(way.length(), onwards.from(state)))
                    : Optional.empty();
        }

        private boolean isIntended(int state, int action, int next) {
            return next == lake.map().neighbour(state, Action.values()[action]);
        }

        private static boolean contains(int[] states, int wanted) {
            return Arrays.stream(states).anyMatch(state -> state == wanted);
        }
    }
}

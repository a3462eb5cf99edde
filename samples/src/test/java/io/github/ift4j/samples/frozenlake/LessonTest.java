package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ift4j.core.data.Sequence;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LessonTest {
    private static final FrozenLake LAKE = new FrozenLake(LakeMap.small(), false);

    private static Lesson lesson(SubOptimal kind) {
        return World.of(LAKE, kind).lesson();
    }

    @ParameterizedTest
    @EnumSource
    void theOptimalTrajectoryTakesTheFirstOfTheShortestWays(SubOptimal any) {
        assertThat(lesson(any).optimal().states()).containsExactly(0, 4, 8, 9, 13, 14, 15);
        assertThat(lesson(any).optimal().actions()).containsExactly(1, 1, 2, 1, 2, 2);
    }

    @Test
    void onceStepsBackInTheMiddle() {
        assertThat(lesson(SubOptimal.ONCE).subOptimal().states()).containsExactly(0, 4, 8, 9, 8, 9, 13, 14, 15);
        assertThat(lesson(SubOptimal.ONCE).subOptimal().actions()).containsExactly(1, 1, 2, 0, 2, 1, 2, 2);
    }

    @Test
    void everywhereStepsBackFromEachCellOnce() {
        assertThat(lesson(SubOptimal.EVERYWHERE).subOptimal().states())
                .containsExactly(0, 4, 0, 4, 8, 4, 8, 9, 8, 9, 13, 9, 13, 14, 13, 14, 15);
    }

    @Test
    void farthestGoesAroundByTheOtherCorner() {
        assertThat(lesson(SubOptimal.FARTHEST).subOptimal().states()).containsExactly(0, 1, 2, 3, 2, 6, 10, 14, 15);
    }

    @Test
    void holeFallsInTheMiddle() {
        assertThat(lesson(SubOptimal.HOLE).subOptimal().states()).containsExactly(0, 4, 8, 9, 5);
    }

    @ParameterizedTest
    @EnumSource
    void everyStepOfEveryTrajectoryIsPossibleOnSlipperyIceToo(SubOptimal kind) {
        FrozenLake slippery = new FrozenLake(LakeMap.large(), true);
        Lesson lesson = World.of(slippery, kind).lesson();

        for (Trajectory trajectory : List.of(lesson.optimal(), lesson.subOptimal())) {
            for (int t = 0; t < trajectory.length(); t++) {
                assertThat(slippery.next(trajectory.states()[t], trajectory.actions()[t])[
                                trajectory.states()[t + 1]])
                        .isPositive();
            }
        }
    }

    @Test
    void aTrajectoryIsReadAsStatesWithTheActionsThatLedThere() {
        Sequence sequence = new Trajectory(new int[] {0, 4, 8}, new int[] {1, 3}).toSequence();

        assertThat(sequence.inputIds()).containsExactly(0, 4, 8);
        assertThat(sequence.labels()).containsExactly(Sequence.IGNORE, 1, 3);
        assertThat(sequence.labelledTokens()).isEqualTo(2);
    }

    @Test
    void aLakeWithoutAWayIsRefused() {
        FrozenLake blocked = new FrozenLake(LakeMap.parse("m", List.of("SHG")), false);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> World.of(blocked, SubOptimal.ONCE))
                .withMessage("m: no way leads over the ice from cell 0; take a hole away");
    }

    @Test
    void aLakeWithoutADetourIsRefused() {
        FrozenLake narrow = new FrozenLake(LakeMap.parse("m", List.of("SG")), false);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> World.of(narrow, SubOptimal.ONCE))
                .withMessageStartingWith("m: there is no sub-optimal trajectory 'once'");
    }
}

package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.random.SplitMix64;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrozenLakeTest {
    /** Sums of three thirds. */
    private static final double ROUNDING = 1e-15;

    private static final int LEFT = Action.LEFT.ordinal();
    private static final int DOWN = Action.DOWN.ordinal();
    private static final int RIGHT = Action.RIGHT.ordinal();
    private static final int UP = Action.UP.ordinal();

    @Test
    void actionsHaveGymnasiumsNumbers() {
        assertThat(List.of(LEFT, DOWN, RIGHT, UP)).containsExactly(0, 1, 2, 3);
    }

    @ParameterizedTest
    @CsvSource({"0,0,0", "0,1,4", "0,2,1", "0,3,0", "6,0,5", "6,1,10", "6,2,7", "6,3,2", "14,2,15", "3,2,3", "13,1,13"})
    void onDryIceAnActionLeadsToTheNeighbourOrStaysAtTheEdge(int state, int action, int next) {
        double[] row = new FrozenLake(LakeMap.small(), false).next(state, action);

        assertThat(row[next]).isEqualTo(1);
        assertThat(Arrays.stream(row).sum()).isEqualTo(1);
    }

    @Test
    void onSlipperyIceTheAgentMovesAsIntendedOrAtARightAngle() {
        FrozenLake lake = new FrozenLake(LakeMap.small(), true);

        assertRow(lake.next(6, LEFT), new int[] {2, 5, 10}, new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0});
        assertRow(lake.next(0, LEFT), new int[] {0, 4}, new double[] {2 / 3.0, 1 / 3.0});
        assertRow(lake.next(14, RIGHT), new int[] {10, 14, 15}, new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0});
    }

    @Test
    void theLargeMapHasItsHolesWhereGymnasiumHasThem() {
        LakeMap map = LakeMap.large();

        assertThat(IntStream.range(0, map.states()).filter(state -> map.tiles().get(state) == Tile.HOLE))
                .containsExactly(19, 29, 35, 41, 42, 46, 49, 52, 54, 59);
        assertThat(map.start()).isZero();
        assertThat(map.tiles().get(63)).isEqualTo(Tile.GOAL);
        FrozenLake lake = new FrozenLake(map, true);
        assertRow(lake.next(8, UP), new int[] {0, 8, 9}, new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0});
        assertRow(lake.next(63, UP), new int[] {63}, new double[] {1});
    }

    @Test
    void theGoalAloneIsRewarded() {
        FrozenLake lake = new FrozenLake(LakeMap.small(), false);

        assertThat(IntStream.range(0, 16).filter(state -> lake.reward(state) > 0))
                .containsExactly(15);
        assertThat(lake.reward(15)).isEqualTo(1);
    }

    @Test
    void holesAndTheGoalEndAnEpisode() {
        LakeMap map = LakeMap.small();

        assertThat(IntStream.range(0, 16).filter(map::isTerminal)).containsExactly(5, 7, 11, 12, 15);
    }

    @Test
    void theMostProbableSuccessorIsWhereTheAgentSlipsMostOften() {
        FrozenLake lake = new FrozenLake(LakeMap.small(), true);

        assertThat(lake.likelySuccessor(0, LEFT)).isZero();
        assertThat(lake.likelySuccessor(0, DOWN))
                .as("among equals the intended")
                .isEqualTo(4);
        assertThat(lake.likelySuccessor(6, RIGHT)).isEqualTo(7);
        assertThat(lake.likelySuccessor(5, RIGHT)).as("a hole").isEqualTo(5);
    }

    @Test
    void sampledStepsFollowTheProbabilities() {
        FrozenLake lake = new FrozenLake(LakeMap.small(), true);
        SplitMix64 random = new SplitMix64(3);
        int[] counts = new int[16];
        for (int i = 0; i < 9000; i++) {
            counts[lake.step(0, LEFT, random)]++;
        }

        // Five standard deviations of a binomial count are 224.
        assertThat((double) counts[0]).isCloseTo(6000, within(224.0));
        assertThat(counts[0] + counts[4]).isEqualTo(9000);
    }

    @Test
    void aMapIsReadFromAFile(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("lake.txt"), "SFH\nFFG\n\n");

        LakeMap map = LakeMap.of(file.toString());

        assertThat(map.rows()).isEqualTo(2);
        assertThat(map.columns()).isEqualTo(3);
        assertThat(map.tiles().get(5)).isEqualTo(Tile.GOAL);
    }

    @Test
    void aMissingMapIsAFailureThatNamesIt() {
        assertThatThrownBy(() -> LakeMap.of("no/such/map"))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage("no/such/map");
    }

    @ParameterizedTest
    @CsvSource({
        "SFF/FG,       m: row 2 has 2 cells but row 1 has 3",
        "SXF/FFG,      m: row 1: 'X' is no cell of a lake",
        "SSF/FFG,      'm: a lake has one start S, this one has 2'",
        "FFF/FFG,      'm: a lake has one start S, this one has 0'",
        "SFF/FFF,      m: there is no goal G"
    })
    void aBadMapIsRefusedWithWhatIsWrong(String rows, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LakeMap.parse("m", List.of(rows.split("/"))))
                .withMessageStartingWith(message);
    }

    private static void assertRow(double[] row, int[] states, double[] probabilities) {
        double[] expected = new double[row.length];
        for (int i = 0; i < states.length; i++) {
            expected[states[i]] = probabilities[i];
        }
        assertThat(row).containsExactly(expected, within(ROUNDING));
    }
}

package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    private static final Encoder TOKENS = record -> ((TrainingRecord.Tokens) record).sequence();

    @TempDir
    Path folder;

    @Test
    void cutsToLengthAndDropsWhatHasNothingToLearn() throws IOException {
        Path file = Files.writeString(folder.resolve("data.jsonl"), """
            {"input_ids":[1,2,3],"labels":[-100,2,3]}
            {"input_ids":[1,2,3,4,5],"labels":[-100,-100,3,4,5]}
            {"input_ids":[1,2,3,4,5],"labels":[-100,-100,-100,-100,5]}
            {"input_ids":[1],"labels":[1]}
            """);

        Dataset dataset = Dataset.load(List.of(file), TOKENS, 4);

        assertThat(dataset.examples()).extracting(Example::origin).containsExactly(file + ":1", file + ":2");
        assertThat(dataset.examples().get(1).sequences().getFirst().labels()).containsExactly(-100, -100, 3, 4);
        assertThat(dataset.report())
                .isEqualTo(new DataReport(
                        2, 7, 4, 4, List.of(file + ":2"), List.of(file + ":3", file + ":4"), List.of(), List.of()));
    }

    @Test
    void dataWithNothingToLearnIsRefused() {
        Dataset.Builder builder = new Dataset.Builder(TOKENS, 2);
        builder.add(new TrainingRecord.Tokens(new Sequence(new int[3], new int[] {-100, -100, 3}), "a.jsonl:1"));

        assertThatThrownBy(builder::build)
                .isInstanceOf(DataException.class)
                .hasMessage("nothing to learn: none of the 1 examples has a label within max-length 2 (the first is"
                        + " a.jsonl:1); raise max-length or check the answers");
        assertThatThrownBy(() -> Dataset.of(List.of()))
                .isInstanceOf(DataException.class)
                .hasMessage("the data holds no example");
    }

    @Test
    void anExampleOfTwoNeedsLabelsInBoth() {
        Sequence good = new Sequence(new int[3], new int[] {-100, 1, 3});
        Sequence masked = new Sequence(new int[3], new int[] {1, -100, -100});
        Dataset.Builder builder = new Dataset.Builder(TOKENS, 10);
        builder.add(new Example(List.of(good, masked), "a"));
        builder.add(new Example(List.of(good, good), "b"));

        assertThat(builder.build().report().dropped()).containsExactly("a");
    }

    @Test
    void fingerprintFollowsTokensLabelsAndOrder() {
        Example a = Example.of(new Sequence(new int[] {1, 2}, new int[] {-100, 2}), "a");
        Example b = Example.of(new Sequence(new int[] {1, 3}, new int[] {-100, 3}), "b");
        Example relabelled = Example.of(new Sequence(new int[] {1, 2}, new int[] {-100, 1}), "a");

        String fingerprint = Dataset.of(List.of(a, b)).fingerprint();

        assertThat(fingerprint).hasSize(64).isEqualTo(Dataset.of(List.of(a, b)).fingerprint());
        assertThat(Dataset.of(List.of(b, a)).fingerprint()).isNotEqualTo(fingerprint);
        assertThat(Dataset.of(List.of(relabelled, b)).fingerprint()).isNotEqualTo(fingerprint);
    }

    @Test
    void aMaximumLengthWithoutRoomForALabelIsRefused() {
        assertThatThrownBy(() -> new Dataset.Builder(TOKENS, 1)).hasMessage("max-length must be at least 2, was 1");
    }
}

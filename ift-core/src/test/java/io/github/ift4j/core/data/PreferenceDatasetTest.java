package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.data.TrainingRecord.Completion;
import io.github.ift4j.core.data.TrainingRecord.Preference;
import io.github.ift4j.core.data.TrainingRecord.Rating;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pairs and ratings on their way to the trainer; a token is a letter. */
class PreferenceDatasetTest {
    private static final Encoder LETTERS = record -> {
        Completion completion = (Completion) record;
        int[] ids = (completion.prompt() + completion.completion()).chars().toArray();
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, completion.prompt().length(), Sequence.IGNORE);
        return new Sequence(ids, labels);
    };

    @Test
    void aPairIsTheChosenAndTheRejectedAnswer() {
        Dataset dataset = dataset(ExampleKind.PREFERENCE, 10, pair("q", "good", "bad", "1"));

        List<Sequence> sequences = dataset.examples().getFirst().sequences();
        assertThat(text(sequences.get(0))).isEqualTo("qgood");
        assertThat(sequences.get(0).desirable()).isTrue();
        assertThat(text(sequences.get(1))).isEqualTo("qbad");
        assertThat(sequences.get(1).desirable()).isFalse();
    }

    @Test
    void pairsThatShowNothingAreCountedByTheirReason() {
        Dataset dataset = dataset(
                ExampleKind.PREFERENCE,
                6,
                pair("q", "good", "bad", "fine"),
                pair("q", "same", "same", "identical"),
                pair("qqq", "abcx", "abcy", "identical once cut"),
                pair("long-question", "a", "b", "truncated to nothing"),
                pair("q", "a", "", "empty, without a label"),
                pair("q", "much longer", "b", "cut"),
                pair("q", "a", " ", "empty"));

        DataReport report = dataset.report();
        assertThat(dataset.examples()).extracting(Example::origin).containsExactly("fine", "cut", "empty");
        assertThat(report.identical()).containsExactly("identical", "identical once cut");
        assertThat(report.dropped()).containsExactly("truncated to nothing", "empty, without a label");
        assertThat(report.truncated()).containsExactly("cut");
        assertThat(report.empty()).containsExactly("empty");
    }

    @Test
    void dataOfIdenticalPairsOnlyIsRefused() {
        Dataset.Builder builder = new Dataset.Builder(ExampleKind.PREFERENCE, LETTERS, 10);
        builder.add(pair("q", "a", "a", "pairs.jsonl:1"));

        assertThatThrownBy(builder::build)
                .isInstanceOf(DataException.class)
                .hasMessage("nothing to learn: 1 pairs have the same answer twice within max-length 10 (the first is"
                        + " pairs.jsonl:1), 0 have no label; raise max-length or check the answers");
    }

    @Test
    void aRatedAnswerComesWithTheAnswerToAnotherPrompt() {
        Dataset dataset = dataset(
                ExampleKind.RATING,
                6,
                rating("q", "one", true, "1"),
                rating("q", "two", false, "2"),
                rating("other", "x", true, "3"));

        assertThat(dataset.examples())
                .extracting(example -> text(example.sequences().getFirst()))
                .containsExactly("qone", "qtwo", "otherx");
        assertThat(dataset.examples())
                .extracting(example -> text(example.sequences().getLast()))
                .containsExactly("qx", "qx", "othero");
        assertThat(dataset.examples())
                .extracting(example -> example.sequences().getFirst().desirable())
                .containsExactly(true, false, true);
        assertThat(dataset.examples().getLast().sequences().getLast().labels())
                .as("one label of the answer is within the limit")
                .containsExactly(-100, -100, -100, -100, -100, 'o');
    }

    @Test
    void ratedAnswersToOnePromptAloneAreRefused() {
        Dataset.Builder builder = new Dataset.Builder(ExampleKind.RATING, LETTERS, 10);
        builder.add(rating("q", "one", true, "ratings.jsonl:1"));
        builder.add(rating("q", "two", false, "ratings.jsonl:2"));

        assertThatThrownBy(builder::build)
                .isInstanceOf(DataException.class)
                .hasMessage("ratings.jsonl:1: all 2 rated answers have this prompt, and the method compares each prompt"
                        + " with the answer to another; add answers to other prompts");
    }

    @Test
    void recordsOfAnotherKindAreRefusedWithTheMend() {
        assertThatThrownBy(() -> dataset(ExampleKind.DEMONSTRATION, 10, pair("q", "a", "b", "f:1")))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "f:1: is a preference pair ('chosen', 'rejected'); this method learns from good answers alone,"
                                + " give 'prompt' and 'completion', or 'messages'");
        assertThatThrownBy(() -> dataset(ExampleKind.PREFERENCE, 10, new Completion("q", "a", "f:1")))
                .hasMessage("f:1: is an answer without a comparison or a rating; this method compares two answers, give"
                        + " 'chosen' and 'rejected' with their 'prompt' or 'conversations'");
        assertThatThrownBy(() -> dataset(ExampleKind.RATING, 10, new Completion("q", "a", "f:1")))
                .hasMessage("f:1: is an answer without a comparison or a rating; this method learns from rated answers,"
                        + " give 'messages' and 'label' (true or false)");
    }

    @Test
    void fingerprintFollowsTheRating() {
        Dataset good = dataset(ExampleKind.RATING, 10, rating("q", "a", true, "1"), rating("r", "a", true, "2"));
        Dataset bad = dataset(ExampleKind.RATING, 10, rating("q", "a", false, "1"), rating("r", "a", true, "2"));

        assertThat(good.fingerprint()).isNotEqualTo(bad.fingerprint());
    }

    private static Dataset dataset(ExampleKind kind, int maxLength, TrainingRecord... records) {
        Dataset.Builder builder = new Dataset.Builder(kind, LETTERS, maxLength);
        for (TrainingRecord record : records) {
            builder.add(record);
        }
        return builder.build();
    }

    private static Preference pair(String prompt, String chosen, String rejected, String origin) {
        return new Preference(new Completion(prompt, chosen, origin), new Completion(prompt, rejected, origin), origin);
    }

    private static Rating rating(String prompt, String answer, boolean desirable, String origin) {
        return new Rating(new Completion(prompt, answer, origin), desirable, origin);
    }

    private static String text(Sequence sequence) {
        return new String(sequence.inputIds(), 0, sequence.length());
    }
}

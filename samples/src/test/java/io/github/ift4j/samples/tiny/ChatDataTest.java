package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.github.ift4j.samples.tiny.ChatExample.Novelty;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChatDataTest {
    private static final Pattern PAIR =
            Pattern.compile("^An? (.+) costs \\d+ coins? and an? (.+) costs \\d+ coins?\\.");
    private static final Pattern NAME = Pattern.compile("\\b[A-Z][a-z]+\\b");

    private final World world = World.of(World.SEED);
    private final ChatData data = ChatData.of(world, ChatData.SEED);

    @Test
    void isTheSameOnEveryMachine() {
        String hash = Hashing.sha256()
                .hashString(data.toString(), StandardCharsets.UTF_8)
                .toString();

        assertThat(hash).isEqualTo("f5398bc7ca87ccc0100577ed5e53a86f7756c0aa291861ab18ec04df5e776b93");
    }

    @Test
    void holdsAFewThousandExamplesAndAboutTwoHundredTests() {
        assertThat(data.tuning()).hasSizeBetween(1500, 2500);
        assertThat(data.test()).hasSizeBetween(180, 220);
    }

    @Test
    void asksNoQuestionTwice() {
        assertThat(data.tuning()).extracting(ChatExample::question).doesNotHaveDuplicates();
        assertThat(data.test()).extracting(ChatExample::question).doesNotHaveDuplicates();
    }

    @Test
    void sharesNoQuestionBetweenTuningAndTest() {
        Set<String> tuned = data.tuning().stream().map(ChatExample::question).collect(Collectors.toSet());

        assertThat(data.test()).extracting(ChatExample::question).doesNotContainAnyElementsOf(tuned);
    }

    @Test
    void testsEveryKindAndEveryNovelty() {
        assertThat(data.test()).extracting(ChatExample::kind).containsAll(EnumSet.allOf(QuestionKind.class));
        assertThat(data.test())
                .extracting(ChatExample::novelty)
                .contains(Novelty.REWORDED, Novelty.RECOMBINED, Novelty.UNSEEN)
                .doesNotContain(Novelty.TUNED);
        assertThat(data.tuning()).extracting(ChatExample::novelty).containsOnly(Novelty.TUNED);
    }

    @Test
    void namesUnseenPeopleNowhereInTuning() {
        Set<String> tunedWords = data.tuning().stream()
                .flatMap(example -> words(example.question() + " " + example.answer()).stream())
                .collect(Collectors.toSet());
        List<ChatExample> unseen = data.test().stream()
                .filter(example -> example.novelty() == Novelty.UNSEEN)
                .filter(example -> example.kind().subject() == QuestionKind.Subject.PERSON)
                .toList();

        assertThat(unseen).isNotEmpty().allSatisfy(example -> {
            Person person = subject(example);
            assertThat(tunedWords).doesNotContain(person.name(), person.neighbour(), person.petName());
        });
    }

    @Test
    void namesStrangersOfTheTestNowhereInTuning() {
        String tuned = data.tuning().stream().map(ChatExample::question).collect(Collectors.joining(" "));

        assertThat(data.test())
                .filteredOn(example -> example.kind() == QuestionKind.UNKNOWN)
                .isNotEmpty()
                .allSatisfy(example -> {
                    assertThat(world.people())
                            .noneMatch(person -> words(example.question()).contains(person.name()));
                    List<String> names = words(example.question());
                    assertThat(tuned).doesNotContain(names.getLast());
                });
    }

    @Test
    void neverTunesOnAPairOfGoodsThatTheTestCombines() {
        Set<Set<String>> tuned = data.tuning().stream()
                .filter(example -> example.kind().subject() == QuestionKind.Subject.TWO_GOODS)
                .map(ChatDataTest::pair)
                .collect(Collectors.toSet());
        List<ChatExample> tested = data.test().stream()
                .filter(example -> example.kind().subject() == QuestionKind.Subject.TWO_GOODS)
                .toList();

        assertThat(tuned).hasSizeGreaterThan(100);
        assertThat(tested).isNotEmpty().allSatisfy(example -> assertThat(tuned).doesNotContain(pair(example)));
    }

    @Test
    void neverTunesOnAChainThatTheTestCombines() {
        Set<String> tuned = chains(data.tuning());

        assertThat(tuned).isNotEmpty();
        assertThat(chains(data.test())).isNotEmpty().doesNotContainAnyElementsOf(tuned);
    }

    @Test
    void asksTheStepsOfEachRecombinedChainInTuning() {
        assertThat(data.test())
                .filteredOn(example -> example.kind().isChain() && example.novelty() == Novelty.RECOMBINED)
                .isNotEmpty()
                .allSatisfy(example -> {
                    Person person = subject(example);
                    QuestionKind second =
                            example.kind() == QuestionKind.NEIGHBOUR_PET ? QuestionKind.PET : QuestionKind.JOB;
                    assertThat(tunes(QuestionKind.NEIGHBOUR, person)).isTrue();
                    assertThat(tunes(second, world.person(person.neighbour()))).isTrue();
                });
    }

    @Test
    void rewordsOnlyWhatWasTuned() {
        Set<String> tuned = data.tuning().stream().map(ChatExample::answer).collect(Collectors.toSet());

        assertThat(data.test())
                .filteredOn(example -> example.novelty() == Novelty.REWORDED)
                .isNotEmpty()
                .allSatisfy(example -> assertThat(tuned).contains(example.answer()));
    }

    @Test
    void answersAsTheWorldIs() {
        assertThat(data.tuning())
                .filteredOn(example -> example.kind() == QuestionKind.HOME)
                .allSatisfy(example -> {
                    Person person = subject(example);
                    assertThat(example.answer()).isEqualTo(person.name() + " lives in " + person.street() + ".");
                });
        assertThat(data.test())
                .filteredOn(example -> example.kind() == QuestionKind.NEIGHBOUR_JOB)
                .allSatisfy(example -> {
                    Person neighbour = world.person(subject(example).neighbour());
                    assertThat(example.answer()).endsWith(neighbour.name() + " is a " + neighbour.job() + ".");
                });
        assertThat(data.test())
                .filteredOn(example -> example.kind() == QuestionKind.SUM)
                .allSatisfy(example -> {
                    int total = pair(example).stream().mapToInt(this::price).sum();
                    assertThat(example.answer()).endsWith("Together they cost " + Good.coins(total) + ".");
                });
    }

    private boolean tunes(QuestionKind kind, Person person) {
        return data.tuning().stream()
                .anyMatch(example -> example.kind() == kind && example.answer().startsWith(person.name()));
    }

    private int price(String good) {
        return world.goods().stream()
                .filter(candidate -> candidate.name().equals(good))
                .mapToInt(Good::price)
                .findFirst()
                .orElseThrow();
    }

    private Person subject(ChatExample example) {
        return world.person(words(example.answer()).getFirst());
    }

    private static Set<String> chains(List<ChatExample> examples) {
        return examples.stream()
                .filter(example -> example.kind().isChain())
                .map(ChatExample::answer)
                .collect(Collectors.toSet());
    }

    private static Set<String> pair(ChatExample example) {
        Matcher goods = PAIR.matcher(example.answer());
        assertThat(goods.find()).as(example.answer()).isTrue();
        return Set.of(goods.group(1), goods.group(2));
    }

    private static List<String> words(String text) {
        return Arrays.asList(
                NAME.matcher(text).results().map(result -> result.group()).toArray(String[]::new));
    }
}

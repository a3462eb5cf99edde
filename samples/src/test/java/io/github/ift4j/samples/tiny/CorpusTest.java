package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CorpusTest {
    private static final Pattern ADDITION = Pattern.compile("(\\d+) \\+ (\\d+) = (\\d+)");
    private static final Pattern PRICE = Pattern.compile("\\b(?:A|An) ([a-z ]+) costs (\\d+) coins?");

    private final World world = World.of(World.SEED);
    private final List<String> documents = new Corpus(world).documents(3, 4000);

    @Test
    void isTheSameOnEveryMachine() {
        String hash = Hashing.sha256()
                .hashString(String.join("\n", documents.subList(0, 100)), StandardCharsets.UTF_8)
                .toString();

        assertThat(hash).isEqualTo("73ee7e36384428dadfec1b55d7f5e07b22057c6e9af5652b73ab456c0fbd9c81");
    }

    @Test
    void isAnotherForAnotherSeed() {
        assertThat(new Corpus(world).documents(4, 100)).isNotEqualTo(documents.subList(0, 100));
    }

    @Test
    void addsCorrectly() {
        int checked = 0;
        for (String document : documents) {
            Matcher sum = ADDITION.matcher(document);
            while (sum.find()) {
                assertThat(number(sum, 1) + number(sum, 2)).as(sum.group()).isEqualTo(number(sum, 3));
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(100);
    }

    @Test
    void quotesThePricesOfTheWorld() {
        int checked = 0;
        for (String document : documents) {
            Matcher price = PRICE.matcher(document);
            while (price.find()) {
                assertThat(world.goods())
                        .as(price.group())
                        .anyMatch(good -> good.name().equals(price.group(1)) && good.price() == number(price, 2));
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(100);
    }

    @Test
    void statesEveryFactAboutEverybody() {
        String text = String.join(" ", documents);

        assertThat(world.people()).allSatisfy(person -> {
            assertThat(text).contains(person.name() + " lives in " + person.street());
            assertThat(text).contains(person.name() + " is a " + person.job());
            assertThat(text).contains(person.name() + " has a " + person.pet() + " called " + person.petName());
            assertThat(text).contains(person.name() + "'s neighbour is " + person.neighbour());
        });
    }

    @Test
    void neverContradictsTheWorld() {
        String text = String.join(" ", documents);

        for (Person person : world.people()) {
            Matcher home = Pattern.compile(person.name() + " lives in ([A-Z][a-z]+ [A-Z][a-z]+)")
                    .matcher(text);
            while (home.find()) {
                assertThat(home.group(1)).as(home.group()).isEqualTo(person.street());
            }
        }
    }

    @Test
    void leavesNoGap() {
        assertThat(documents).noneMatch(document -> document.matches("(?s).*\\{(?:name|a|X|price|n)2?}.*"));
    }

    @Test
    void neverFollowsTheChatFormat() {
        assertThat(documents)
                .as("the marks occur, so the check can fail")
                .anyMatch(document -> document.contains(SpecialToken.ASSISTANT.text()));
        assertThat(documents)
                .noneMatch(document -> document.matches("(?s).*<\\|user\\|>[^\"<]*\\?<\\|assistant\\|>.*"));
        assertThat(documents).noneMatch(document -> document.contains(SpecialToken.END.text()));
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}

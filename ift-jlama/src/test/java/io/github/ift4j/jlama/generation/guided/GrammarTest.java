package io.github.ift4j.jlama.generation.guided;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a careless writer writes fits the grammar, whatever the number of tokens that it has. */
class GrammarTest {
    private static final int SEEDS = 20;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abc",
                "a|b|cd",
                "[a-z]{3,5}",
                "(foo|bar)+",
                "\\d{4}-\\d{2}-\\d{2}",
                "\\w+@\\w+\\.(com|org)",
                "[^a-z]{2}",
                "é+[漢字]?",
                ".{0,3}",
                "\\S\\s\\D\\W",
                "(a?b?c?){2}x",
                "^x*$",
                "(^a|b)c($|d)",
                "\\x41\\u00e9\\t\\.",
                "(?:a|(?<n>b)){2,}?",
                "[\\]\\-a]{4}"
            })
    void aRegexIsMatchedAsAWhole(String regex) {
        Guide guide = Guide.of(Grammar.regex(regex), RandomWriter.VOCABULARY);
        java.util.regex.Pattern oracle = java.util.regex.Pattern.compile(regex);
        for (int seed = 0; seed < SEEDS; seed++) {
            String text = new RandomWriter(seed).write(guide, guide.minTokens() + seed);
            assertThat(oracle.matcher(text).matches()).as("'%s'", text).isTrue();
        }
    }

    @Test
    void everyChoiceIsMadeSometimesAndNothingElse() {
        List<String> texts = List.of("yes", "no", "nobody", "noé", "");
        Guide guide = Guide.of(Grammar.choice(texts), RandomWriter.VOCABULARY);
        Set<String> written = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            written.add(new RandomWriter(seed).write(guide, 20));
        }
        assertThat(written).containsExactlyInAnyOrderElementsOf(texts);
    }

    @Test
    void jsonModeWritesJsonWithAnyNumberOfTokens() throws Exception {
        Guide guide = Guide.of(Grammar.jsonObject(), RandomWriter.VOCABULARY);
        assertThat(guide.minTokens()).isEqualTo(2);
        for (int budget = 2; budget < 200; budget++) {
            JsonNode value = JSON.readTree(new RandomWriter(budget).write(guide, budget));
            assertThat(value.isObject()).isTrue();
        }
        Guide any = Guide.of(Grammar.json(), RandomWriter.VOCABULARY);
        for (int budget = 1; budget < 100; budget++) {
            assertThat(JSON.readTree(new RandomWriter(budget).write(any, budget))
                            .isMissingNode())
                    .isFalse();
        }
    }

    /** To make a mask all tokens are tried; a step that finds its mask made costs next to nothing. Of the thousands here few make one. */
    @ParameterizedTest
    @CsvSource({
        "'{\"type\":\"string\",\"minLength\":1500}', 200",
        "'{\"type\":\"string\",\"minLength\":1000,\"maxLength\":2000}', 200",
        "'{\"type\":\"array\",\"minItems\":200,\"items\":{\"type\":\"object\",\"properties\":{\"name\":"
                + "{\"type\":\"string\"},\"on\":{\"type\":\"boolean\"}},\"required\":[\"name\",\"on\"]}}', 200",
        "'{\"type\":\"array\",\"minItems\":200}', 300"
    })
    void mostStepsOfALongAnswerFindTheirMaskMade(String schema, long most) {
        Guide guide = Guide.of(Grammar.jsonSchema(schema), RandomWriter.VOCABULARY);
        long before = RandomWriter.VOCABULARY.masksMade();
        String answer = new RandomWriter(3).write(guide, 10_000);
        assertThat(answer.length()).isGreaterThan(1_000);
        assertThat(RandomWriter.VOCABULARY.masksMade() - before).isLessThan(most);
    }

    @Test
    void partsFollowEachOther() {
        Grammar list = Grammar.sequence(
                Grammar.literal("<"),
                Grammar.repeated(Grammar.regex("[a-c]{1,2}"), Grammar.literal(";"), 2, 4),
                Grammar.anyOf(List.of(Grammar.literal(">"), Grammar.literal("!>"))),
                Grammar.optional(Grammar.literal("?")));
        Guide guide = Guide.of(list, RandomWriter.VOCABULARY);
        for (int seed = 0; seed < 100; seed++) {
            assertThat(new RandomWriter(seed).write(guide, guide.minTokens() + seed % 20))
                    .matches("<[a-c]{1,2}(;[a-c]{1,2}){1,3}!?>\\??");
        }
    }

    @Test
    void textIsFreeUntilTheTrigger() {
        Grammar call = Grammar.sequence(Grammar.regex("[0-9]{2}"), Grammar.literal(")"));
        Guide once = Guide.of(Grammar.afterTrigger("e", call), RandomWriter.VOCABULARY);
        Guide often = Guide.of(Grammar.afterEachTrigger("e", call), RandomWriter.VOCABULARY);
        int called = 0;
        int repeated = 0;
        for (int seed = 0; seed < 200; seed++) {
            String text = new RandomWriter(seed).write(once, 60);
            assertThat(text).matches("(?s)[^e]*(e[0-9]{2}\\))?");
            called += text.contains("e") ? 1 : 0;
            text = new RandomWriter(seed).write(often, 200);
            assertThat(text).matches("(?s)([^e]*e[0-9]{2}\\))*[^e]*");
            repeated += text.indexOf('e') != text.lastIndexOf('e') ? 1 : 0;
        }
        assertThat(called).isPositive();
        assertThat(repeated).isPositive();
    }

    @Test
    void aTriggerIsFoundWhereItOverlapsItself() {
        Guide guide = Guide.of(Grammar.afterTrigger("aab", Grammar.literal("!")), RandomWriter.VOCABULARY);
        GuidedAnswer answer = guide.start();
        for (char c : "aaab".toCharArray()) {
            answer.advance(c);
        }
        assertThat(answer.mayEnd()).isFalse();
        answer.advance('!');
        assertThat(answer.isComplete()).isTrue();
    }

    @Test
    void fixedTextsTakeAsFewTokensAsTheVocabularyHasForThem() {
        assertThat(Guide.of(Grammar.literal("hello\": \"name"), RandomWriter.VOCABULARY)
                        .minTokens())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a",
                "a)",
                "[a",
                "*a",
                "a**",
                "a{3",
                "a{3,1}",
                "(?=a)",
                "(?<=a)",
                "(?!a)",
                "(a)\\1",
                "\\bfoo",
                "\\p{L}",
                "(?i)a",
                "[b-a]",
                "\\",
                "[[:alpha:]]",
                "a{99999}",
                "\\uD800",
                "[^\\s\\S]"
            })
    void whatARegexMayNotHoldIsRefusedWithItsPlace(String regex) {
        assertThatThrownBy(() -> Guide.of(Grammar.regex(regex), RandomWriter.VOCABULARY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("regex '" + regex + "', char ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"((a{1000}){1000}){1000}", ".*a.{200}b.*c.{200}", "(a|aa|aaa){5000}.*(a|b){3000}x"})
    void aPathologicalRegexIsRefusedSoon(String regex) {
        long start = System.nanoTime();
        assertThatThrownBy(() -> Guide.of(Grammar.regex(regex), RandomWriter.VOCABULARY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too");
        // Seconds on a slow machine; without the bounds it would not end at all.
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    }

    /** The control of the checks above: a writer without a guide writes something else. */
    @Test
    void withoutAGuideTheTextsDoNotFit() {
        int broken = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            String text = RandomWriter.write(Grammar.regex("(?:.|\\n|\\r){1,40}"), 40, seed);
            try {
                broken += JSON.readTree(text).isObject() ? 0 : 1;
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                broken++;
            }
        }
        assertThat(broken).isEqualTo(SEEDS);
    }
}

package io.github.ift4j.jlama.generation.guided;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grammars that are meant to take all time and memory end soon, with an answer that fits or with a message. */
@Timeout(120)
class HostileGrammarTest {
    /** Far more than any of them takes here, and far less than without bounds. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static <T> T soon(Callable<T> action) throws Exception {
        long start = System.nanoTime();
        try {
            return action.call();
        } finally {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        }
    }

    private static Guide guide(String schema) throws Exception {
        return soon(() -> Guide.of(Grammar.jsonSchema(schema), RandomWriter.VOCABULARY));
    }

    private static String list(int count, IntFunction<String> part) {
        return IntStream.range(0, count).mapToObj(part).collect(Collectors.joining(","));
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 5_000})
    void deepNestingIsRefused(int depth) {
        String schema = "{\"items\":".repeat(depth) + "{}" + "}".repeat(depth);
        assertThatThrownBy(() -> guide(schema))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(depth == 101 ? "100 deep" : "not JSON");
    }

    @Test
    void aThousandValuesAreAChoiceAndAMillionAreRefused() throws Exception {
        String values = "{\"enum\":[" + list(1_000, i -> "\"value " + i * 7_919 + "\"") + "]}";
        Guide guide = guide(values);
        for (int seed = 0; seed < 20; seed++) {
            String instance = new RandomWriter(seed).write(guide, guide.minTokens() + seed);
            assertThat(JsonSchemaTest.errors(values, instance)).isEmpty();
        }
        assertThatThrownBy(() -> guide("{\"enum\":[" + list(70_000, i -> "\"v" + i * 7_919 + "\"") + "]}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#/enum: 70000 values are too many");
        assertThatThrownBy(() -> guide("{\"enum\":[" + list(1_000_000, i -> "\"v" + i + "\"") + "]}"))
                .hasMessageContaining("too long");
    }

    @Test
    void definitionsThatDoubleAreCompiledOnce() throws Exception {
        String definitions = list(
                200,
                i ->
                        "\"d%d\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d%d\"},\"b\":{\"$ref\":\"#/$defs/d%d\"}}}"
                                .formatted(i, i + 1, i + 1));
        String schema = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + definitions + ",\"d200\":{\"type\":\"null\"}}}";
        Guide guide = guide(schema);
        String instance = soon(() -> new RandomWriter(1).write(guide, 300));
        assertThat(JsonSchemaTest.errors(schema, instance)).isEmpty();
    }

    @Test
    void schemasThatDoubleAsTheyAreMergedAreRefused() {
        String definitions = list(
                60,
                i -> "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]}"
                        .formatted(i, i + 1, i + 1));
        assertThatThrownBy(() ->
                        guide("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + definitions + ",\"d60\":{\"type\":\"null\"}}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too often");
    }

    @Test
    void aChainOfReferencesIsFollowedInAnyOrder() throws Exception {
        for (boolean rising : new boolean[] {true, false}) {
            String definitions = list(3_000, i -> {
                int from = rising ? i : 2_999 - i;
                return "\"d%d\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/d%d\"}}"
                        .formatted(from, from + 1);
            });
            String all = list(3_000, i -> "{\"$ref\":\"#/$defs/d" + (rising ? i : 2_999 - i) + "\"}");
            Guide guide =
                    guide("{\"anyOf\":[" + all + "],\"$defs\":{" + definitions + ",\"d3000\":{\"type\":\"null\"}}}");
            assertThat(guide.minTokens()).isGreaterThan(2);
        }
    }

    @Test
    void alternativesThatLookAlikeAreFollowedTogether() throws Exception {
        String schema = "{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"anyOf\":["
                + "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/n\"}},"
                + "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/n\"},\"maxItems\":3},"
                + "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/n\"},\"minItems\":2}]}}}";
        Guide guide = guide(schema);
        for (int seed = 0; seed < 3; seed++) {
            int number = seed;
            String instance = soon(() -> new RandomWriter(number).write(guide, 60));
            assertThat(JsonSchemaTest.errors(schema, instance)).as(instance).isEmpty();
        }
    }

    @Test
    void tenThousandOptionalPropertiesAreWrittenInTime() throws Exception {
        String schema = "{\"type\":\"object\",\"properties\":{"
                + list(10_000, i -> "\"p" + i + "\":{\"type\":\"null\"}") + "}}";
        Guide guide = guide(schema);
        String instance = soon(() -> new RandomWriter(1).write(guide, 60));
        assertThat(JsonSchemaTest.errors(schema, instance)).isEmpty();
    }

    @Test
    void hugeCountsCostNothingUntilTheyAreWritten() throws Exception {
        assertThat(guide("{\"type\":\"string\",\"minLength\":2000000000}").minTokens())
                .isGreaterThan(100_000_000);
        assertThat(guide(
                                "{\"type\":\"array\",\"minItems\":2000000000,\"items\":{\"type\":\"array\",\"minItems\":2000000000}}")
                        .minTokens())
                .isGreaterThan(1_000_000_000);
        String schema = "{\"type\":\"string\",\"maxLength\":2000000000}";
        assertThat(JsonSchemaTest.errors(schema, new RandomWriter(1).write(guide(schema), 500)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"((a{1000}){1000}){1000}", ".*a.{200}b.*c.{200}", "(a|aa|aaa){5000}.*(a|b){3000}x", "(x+x+)+y"})
    void aPathologicalPatternIsBoundedToo(String regex) throws Exception {
        String schema = "{\"properties\":{\"p\":{\"type\":\"string\",\"pattern\":\"%s\"}},\"required\":[\"p\"]}"
                .formatted(regex);
        if (regex.equals("(x+x+)+y")) {
            assertThat(JsonSchemaTest.errors(schema, new RandomWriter(1).write(guide(schema), 40)))
                    .isEmpty();
        } else {
            assertThatThrownBy(() -> guide(schema))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("#/properties/p/pattern: the pattern is too");
        }
    }

    @Test
    void anAnswerThatGoesOnForLongNeedsNoMoreMemory() throws Exception {
        Guide guide = guide("{\"type\":\"array\",\"minItems\":8000,\"items\":{\"type\":\"array\"}}");
        String instance = soon(() -> new RandomWriter(7).write(guide, 60_000));
        assertThat(JsonSchemaTest.JSON.readTree(instance).size()).isGreaterThanOrEqualTo(8_000);
    }
}

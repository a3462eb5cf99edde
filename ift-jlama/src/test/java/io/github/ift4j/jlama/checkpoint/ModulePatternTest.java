package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModulePatternTest {
    private static final List<String> NAMES = List.of(
            "",
            "q_proj",
            "lm_head",
            "model.layers.0.self_attn.q_proj",
            "model.layers.11.self_attn.v_proj",
            "model.layers.11.mlp.down_proj",
            "model.layers.x.mlp.gate-proj",
            "transformer.h.0.attn.c_attn",
            "aaaa",
            "a.b.a.b");

    /** The same expressions in Python and Java. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "q_proj",
                ".*",
                ".*\\.q_proj",
                ".*\\.(q|k|v)_proj",
                ".*\\.\\d+\\..*_(proj|attn)",
                "model\\.layers\\.(0|[1-9]\\d*)\\.(self_attn|mlp)\\.(?:q|v|down)_proj",
                "model\\.layers\\.[\\d]{1,}\\.self_attn\\.\\w+",
                "^model.*proj$",
                ".*\\bmlp\\b.*",
                ".*?\\Bproj",
                "a{4}",
                "a{2,}?",
                "a{1,3}",
                "(?:a|aa)+",
                "(a*)*",
                "(|a)+",
                "[^.]+",
                "[\\w.-]+",
                "[a-c.]*",
                "[]a]*",
                "\\Atransformer\\.h.*\\Z",
                "\\S+",
                "a\\.b\\.a\\.b|q_proj|",
            })
    void matchesWhatJavasMatchesToo(String expression) {
        // Java reads a bracket at the start of a set as the end of an empty one.
        Pattern java = Pattern.compile(expression.replace("[]a]", "[\\]a]"));
        for (String name : NAMES) {
            assertThat(ModulePattern.of(expression).matches(name))
                    .as(name)
                    .isEqualTo(java.matcher(name).matches());
        }
    }

    @Test
    void randomExpressionsMatchWhatJavasMatch() {
        Random random = new Random(5);
        int matches = 0;
        for (int round = 0; round < 3000; round++) {
            String expression = expression(random, 3);
            Pattern java = Pattern.compile(expression);
            ModulePattern ours = ModulePattern.of(expression);
            for (int i = 0; i < 10; i++) {
                String name = random.ints(random.nextInt(7), 0, 3)
                        .collect(StringBuilder::new, (s, c) -> s.append("ab.".charAt(c)), StringBuilder::append)
                        .toString();
                boolean expected = java.matcher(name).matches();
                assertThat(ours.matches(name)).as("%s on %s", expression, name).isEqualTo(expected);
                matches += expected ? 1 : 0;
            }
        }
        assertThat(matches).isBetween(1000, 29_000);
    }

    @Test
    void readsPythonsNamesOfGroupsAndBracesThatAreNone() {
        assertThat(ModulePattern.of("(?P<layer>\\d+)\\.x").matches("12.x")).isTrue();
        assertThat(ModulePattern.of("a{,2}").matches("aa")).isTrue();
        assertThat(ModulePattern.of("a{,2}").matches("aaa")).isFalse();
        assertThat(ModulePattern.of("a{}{x").matches("a{}{x")).isTrue();
    }

    @Test
    void anEndIsTheWholeNameOrBehindADot() {
        ModulePattern pattern = ModulePattern.of("[qk]_proj");
        assertThat(pattern.matchesEnd("q_proj")).isTrue();
        assertThat(pattern.matchesEnd("layers.0.k_proj")).isTrue();
        assertThat(pattern.matchesEnd("layers.0.qk_proj")).isFalse();
        assertThat(pattern.matchesEnd("q_proj.weight")).isFalse();
        assertThat(ModulePattern.of("^k_proj").matchesEnd("layers.0.k_proj")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "(a; a group without an end (at character 2)",
                "a); unbalanced ')' (at character 1)",
                "*a; nothing to repeat (at character 1)",
                "a**; a repetition is repeated (at character 3)",
                "a++; possessive repetition is not supported (at character 2)",
                "[a; a set without an end (at character 2)",
                "[b-a]; a range of characters without an order (at character 2)",
                "a\\; a backslash at the end (at character 2)",
                "(a)\\1; '\\1' is not supported (at character 5)",
                "\\pL; '\\p' is not supported (at character 2)",
                "(?=a); '(?=' is not supported (at character 2)",
                "(?!a); '(?!' is not supported (at character 2)",
                "(?i)a; '(?i' is not supported (at character 2)",
                "a{3,2}; a repetition of at least 3 and at most 2 (at character 6)",
                "a{1001}; more than 1000 repetitions (at character 7)",
                "(a{1000}){1000}; its repetitions take more than 5000 steps",
                "((){1000}){1000}; its repetitions take more than 5000 steps",
            })
    void saysWhatItCannotFollow(String expression, String reason) {
        assertThatThrownBy(() -> ModulePattern.of(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(reason);
    }

    @Test
    void refusesWhatIsTooLongOrTooDeep() {
        assertThatThrownBy(() -> ModulePattern.of("a".repeat(4001))).hasMessageContaining("longer than 4000");
        assertThatThrownBy(() -> ModulePattern.of("(".repeat(101) + ")".repeat(101)))
                .hasMessageContaining("nested more than 100 deep");
    }

    /** Backtracking would take longer than the world has stood. */
    @Test
    @Timeout(10)
    void takesABoundedTimeWhereBacktrackingDoesNot() {
        String name = "a".repeat(1000) + "!";
        for (String expression : List.of("(a+)+", "(a|a)*b", "(a|aa)+", "(.*)*x", "a?".repeat(500) + "a".repeat(500))) {
            assertThat(ModulePattern.of(expression).matches(name)).isFalse();
        }
        assertThat(ModulePattern.of("(|a|)".repeat(700)).matches("a".repeat(701)))
                .isFalse();
        String dots = "a.".repeat(500);
        for (int module = 0; module < 100; module++) {
            assertThat(ModulePattern.of(".{0,1000}.{0,1000}X").matchesEnd(dots)).isFalse();
        }
    }

    private static String expression(Random random, int depth) {
        if (depth == 0) {
            return List.of("a", "b", "\\.", ".", "[ab]", "[^a]", "\\w", "\\b", "^", "$")
                    .get(random.nextInt(10));
        }
        String inner = expression(random, depth - 1);
        return switch (random.nextInt(6)) {
            case 0 -> inner + expression(random, depth - 1);
            case 1 -> "(?:" + inner + "|" + expression(random, depth - 1) + ")";
            case 2 -> "(" + inner + ")" + List.of("*", "+", "?", "*?").get(random.nextInt(4));
            case 3 -> "(?:" + inner + "){" + random.nextInt(2) + "," + (1 + random.nextInt(3)) + "}";
            case 4 -> "(?:" + inner + "|)" + expression(random, depth - 1);
            default -> inner;
        };
    }
}

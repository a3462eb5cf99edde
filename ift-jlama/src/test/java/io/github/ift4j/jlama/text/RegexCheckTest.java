package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexCheckTest {
    /** The forms that pre-tokenizers of models have. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+",
                "(?i:[sdmt]|ll|ve|re)|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r"
                        + "\\n"
                        + "]*+|\\s++$",
                "\\s?[A-Za-z]+|[一-龥ࠀ-一가-퟿]+|\\p{N}",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "[\\p{Lu}&&[^\\p{Han}]]+",
                " {2,}",
                "[0-9][0-9][0-9]",
                "(?<=x)\\p{N}",
                "(?:ab)+c",
                "[[:alpha:][:^digit:]]+"
            })
    void patternsOfModelsPass(String regex) {
        assertThat(RegexCheck.problem(regex)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a*)*b",
                "(a|a)*b",
                "(a|aa)+$",
                "(a?a?){20}b",
                "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b",
                "a{0,8}a{0,8}a{0,8}b",
                "(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)b",
                "(?:a|aa){500}",
                "(?x)(?:a|aa) +b",
                "[[:x]](a+)+b[:]]",
                "(?:a{1,100}){1,100}b",
                "a*a*a*b",
                "a*a*b",
                "(x+x+)+y",
                "((a{0,9}){0,9}){0,9}b",
                "(a+){5}b",
                "(?=(a+)+b)a",
                "(a)\\1+b",
                "\\k<n>",
                "(?<n>a)\\g<n>",
                "(?~a)",
                "(?(1)a|b)",
                "a{1,100000}",
                "a*",
                "(?=a)",
                "^",
                "|a",
                "(",
                ")",
                "[a",
                "a**b",
                "*a",
                "(?",
                "\\"
            })
    void patternsThatMayRunForeverOrMatchNothingAreRefused(String regex) {
        assertThat(RegexCheck.problem(regex)).isNotNull();
    }
}

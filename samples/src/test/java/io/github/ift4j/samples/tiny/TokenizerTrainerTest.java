package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class TokenizerTrainerTest {
    private static final int SIZE = 600;

    private static Tokenizer tokenizer;

    @BeforeContainer
    static void train() throws IOException {
        List<String> documents = new Corpus(World.of(World.SEED)).documents(3, 300);
        tokenizer = TokenizerJson.load(TokenizerTrainer.train(documents, SIZE));
    }

    @AfterContainer
    static void close() {
        tokenizer.close();
    }

    @Property(tries = 500)
    void everyTextComesBackAsItWas(@ForAll("texts") String text) {
        assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
    }

    @Example
    void awkwardTextsComeBackAsTheyWere() {
        for (String text : List.of(
                "",
                " ",
                "  two  spaces ",
                "\ttab\r\nnew line\n\n",
                "naïve café",
                "日本語",
                "👩‍👩‍👧 family",
                "e\u0301",
                "\u0000",
                "<0x41>",
                "▁",
                "1234567890",
                "<|user|>hello<|end|>",
                "{{ bos_token }}",
                "it's  'quoted'")) {
            assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
        }
    }

    @Example
    void decodingWithoutSpecialsLosesOnlyTheSpecials() {
        int[] ids = tokenizer.encode("Anna lives here.", true);

        assertThat(ids[0]).isEqualTo(SpecialToken.BOS.id());
        assertThat(tokenizer.decode(ids, true)).isEqualTo("Anna lives here.");
    }

    @Example
    void digitsStandAlone() {
        int[] ids = tokenizer.encode("12 + 3 = 15", false);

        assertThat(Arrays.stream(ids).mapToObj(tokenizer::tokenOf))
                .containsExactly("1", "2", " +", " ", "3", " =", " ", "1", "5");
    }

    @Example
    void hasTheSizeItWasAskedForAndItsSpecialsInFront() {
        assertThat(tokenizer.vocabularySize()).isEqualTo(SIZE);
        for (SpecialToken special : SpecialToken.values()) {
            assertThat(tokenizer.idOf(special.text())).hasValue(special.id());
            assertThat(tokenizer.isSpecial(special.id())).isTrue();
        }
    }

    @Example
    void spellsFrequentWordsInOneToken() {
        assertThat(tokenizer.encode(" coins", false)).hasSize(1);
        assertThat(tokenizer.encode(" zyxwv", false).length).isGreaterThan(1);
    }

    @Example
    void mergesTheMostFrequentPairFirst() {
        BytePairVocabulary vocabulary = TokenizerTrainer.train(List.of("abab\nabab\nabx"), alphabetSize() + 2);

        assertThat(vocabulary.merges())
                .containsExactly(new BytePairVocabulary.Merge("a", "b"), new BytePairVocabulary.Merge("ab", "ab"));
    }

    @Example
    void saysSoWhenTheTextIsTooPoor() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenizerTrainer.train(List.of("ab"), alphabetSize() + 2))
                .withMessageContaining("the text yields only " + (alphabetSize() + 1) + " tokens");
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.strings().all().ofMaxLength(60).filter(TokenizerTrainerTest::isWellFormed)),
                Tuple.of(
                        2,
                        Arbitraries.strings()
                                .withCharRange(' ', '~')
                                .withChars('\n', '\t', ' ')
                                .ofMaxLength(60)));
    }

    private static boolean isWellFormed(String text) {
        return text.codePoints()
                .noneMatch(codePoint -> codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
    }

    private static int alphabetSize() {
        return TokenizerTrainer.train(List.of("ab"), 0).tokens().size();
    }
}

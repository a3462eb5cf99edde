package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpaceCleanUpTest {
    private static final List<String> PARTS =
            List.of(" ", " ", " ", ".", "?", "!", ",", "'", "n", "'t", "m", "s", "ve", "re", "v", "r", "e", "é", "a");

    @Test
    void spacesBeforePunctuationAndContractionsAreTakenAway() {
        assertThat(SpaceCleanUp.of("Well , I do n't know . You 've seen ' it ' , we 're done !"))
                .isEqualTo("Well, I don't know. You've seen'it ', we're done!");
        assertThat(SpaceCleanUp.of("a : b ; c  d")).isEqualTo("a : b ; c  d");
    }

    @Test
    void textInPiecesGivesWhatOneReplacementAfterTheOtherGives() {
        Random random = new Random(5);
        for (int round = 0; round < 2000; round++) {
            SpaceCleanUp cleanUp = new SpaceCleanUp();
            StringBuilder text = new StringBuilder();
            StringBuilder cleaned = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                StringBuilder piece = new StringBuilder();
                for (int j = random.nextInt(4); j > 0; j--) {
                    piece.append(PARTS.get(random.nextInt(PARTS.size())));
                }
                text.append(piece);
                cleaned.append(cleanUp.append(piece.toString()));
            }
            cleaned.append(cleanUp.flush());
            assertThat(cleaned.toString()).as("<%s>", text).isEqualTo(oneAfterTheOther(text.toString()));
        }
    }

    /** No more than what may yet change is held back. */
    @Test
    void wordsComeAtOnce() {
        SpaceCleanUp cleanUp = new SpaceCleanUp();
        assertThat(cleanUp.append("hello")).isEqualTo("hello");
        assertThat(cleanUp.append(" world")).isEqualTo(" world");
        assertThat(cleanUp.append(" n")).isEmpty();
        assertThat(cleanUp.append("ow")).isEqualTo(" now");
    }

    private static String oneAfterTheOther(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }
}

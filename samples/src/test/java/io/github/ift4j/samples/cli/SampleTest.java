package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample chatbots with the embedded model. */
class SampleTest {
    @Test
    void helloAnswersAQuestionAboutTheTown() {
        Launch launch = Launch.ift("sample", "hello", "--question", "Where does Otto live?");

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.out()).isEqualTo("Otto lives in Mill Lane.\n");
    }

    @Test
    void theConsoleAnswersWhatComesFromAPipe() {
        Launch launch = Launch.iftReading("Where does Otto live?\n/quit\n", "sample", "console");

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.out()).contains("me> ").contains("Otto lives in Mill Lane.");
    }

    @Test
    void extractionAlwaysGivesARecord() {
        for (String text : new String[] {"Otto lives in Mill Lane and has a parrot.", "storms", "{\"pet\": 7}"}) {
            Launch launch = Launch.ift("sample", "extract", "--text", text);

            assertThat(launch.status()).as(launch.err()).isZero();
            assertThat(launch.out()).matches("(?s)Townsperson\\[pet=(CAT|DOG|PARROT|RABBIT|OTHER), name=.*]\n");
        }
    }

    @Test
    void aTextThatIsTooLongIsRefusedInALine() {
        Launch launch = Launch.ift("sample", "extract", "--text", "storms ".repeat(200));

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err())
                .startsWith("ift: ")
                .doesNotContain("unexpected")
                .hasLineCount(1);
    }

    @Test
    void ragShowsThePassagesBeforeTheAnswer(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("kite.txt"), "A kite costs 7 coins.");
        Files.writeString(folder.resolve("storm.md"), "In winter there are storms at the harbour.");
        Files.writeString(folder.resolve("picture.png"), "not a text");

        Launch launch = Launch.ift(
                "sample",
                "rag",
                "--folder",
                folder.toString(),
                "--question",
                "A kite costs 7 coins.",
                "--passages",
                "1");

        assertThat(launch.status()).as(launch.err()).isZero();
        // The vector of the same text is the same.
        assertThat(launch.out().lines().toList())
                .hasSizeGreaterThan(1)
                .first()
                .isEqualTo("kite.txt 1.000 A kite costs 7 coins.");
    }

    @Test
    void ragReadsTheTownsTextsUnlessAFolderIsGiven() {
        Launch launch = Launch.ift("sample", "rag");

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.out().lines().toList())
                .hasSizeGreaterThan(2)
                .first()
                .asString()
                .contains(".md 0.");
    }

    @Test
    void aFolderWithoutTextsIsNamed(@TempDir Path folder) {
        Launch launch = Launch.ift("sample", "rag", "--folder", folder.toString());

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err()).contains(folder + " holds no text").hasLineCount(1);
    }

    @Test
    void theSamplesAreListed() {
        assertThat(Launch.ift("--help").out()).contains("sample");
        assertThat(Launch.ift("sample", "--help").out()).contains("hello", "console", "extract", "rag");

        Launch launch = Launch.ift("sample");
        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).contains("hello, console, extract or rag").hasLineCount(1);
    }
}

package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void aStopStringThatSpansPiecesIsNeverLetThrough() {
        StopStrings stops = new StopStrings(List.of("END"));

        assertThat(stops.append("one E")).isEqualTo("one ");
        assertThat(stops.append("N")).isEmpty();
        assertThat(stops.append("D two")).isEmpty();
        assertThat(stops.found()).isTrue();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void whatOnlyLookedLikeAStopStringIsLetThroughAsSoonAsThatIsClear() {
        StopStrings stops = new StopStrings(List.of("END"));

        assertThat(stops.append("EN")).isEmpty();
        assertThat(stops.append("EN")).isEqualTo("EN");
        assertThat(stops.append("!")).isEqualTo("EN!");
        assertThat(stops.found()).isFalse();
    }

    @Test
    void whatIsHeldBackAtTheEndIsGivenOut() {
        StopStrings stops = new StopStrings(List.of("###"));

        assertThat(stops.append("a##")).isEqualTo("a");
        assertThat(stops.finish()).isEqualTo("##");
    }

    @Test
    void theStopStringThatIsCompleteFirstCutsAndTheLongestOfThose() {
        StopStrings stops = new StopStrings(List.of("bcd", "bc", "abc"));

        assertThat(stops.append("xabcd")).isEqualTo("x");
        assertThat(stops.found()).isTrue();
    }

    @Property(tries = 500, seed = "1")
    void theDivisionIntoPiecesChangesNothing(@ForAll long seed) {
        Random random = new Random(seed);
        String text = letters(random, 30);
        List<String> stops = List.of(letters(random, 2 + random.nextInt(4)), letters(random, 3));

        StringBuilder out = new StringBuilder();
        StopStrings matcher = new StopStrings(stops);
        for (int from = 0; from < text.length() && !matcher.found(); ) {
            int to = Math.min(text.length(), from + random.nextInt(5));
            out.append(matcher.append(text.substring(from, to)));
            from = to;
        }
        out.append(matcher.finish());

        assertThat(out.toString()).isEqualTo(cut(text, stops));
    }

    /** The text before the stop string that ends first. */
    private static String cut(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String head = text.substring(0, end);
            int start = stops.stream()
                    .filter(head::endsWith)
                    .mapToInt(stop -> head.length() - stop.length())
                    .min()
                    .orElse(-1);
            if (start >= 0) {
                return text.substring(0, start);
            }
        }
        return text;
    }

    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }
}

package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IftTest {
    @Test
    void helpGoesToStdout() {
        Launch launch = Launch.ift("--help");

        assertThat(launch.status()).isZero();
        assertThat(launch.out()).startsWith("Usage: ift");
        assertThat(launch.err()).isEmpty();
    }

    @Test
    void aMissingCommandIsWrongUsage() {
        Launch launch = Launch.ift();

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).isEqualTo("ift: a command is missing (see ift --help)\n");
    }

    @ParameterizedTest
    @ValueSource(strings = "compare")
    void aPlannedCommandIsRefusedWithWhatIsAvailable(String verb) {
        Launch launch = Launch.ift(verb);

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err())
                .startsWith("ift: " + verb + " is not available yet in this version; available: ")
                .hasLineCount(1);
    }

    @Test
    void anUnknownCommandIsWrongUsage() {
        Launch launch = Launch.ift("fly");

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).contains("'fly'").hasLineCount(1);
    }
}

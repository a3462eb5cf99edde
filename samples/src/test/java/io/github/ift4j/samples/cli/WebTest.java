package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code ift web} says that it cannot start. */
class WebTest {
    @TempDir
    private Path data;

    @Test
    void aMissingModelIsToldInOneLine() {
        Launch launch = web("--port", "0", "--model", data.resolve("nowhere").toString());

        assertThat(launch.status()).isEqualTo(Ift.FAILED);
        assertThat(launch.err().lines()).singleElement().asString().contains("nowhere", "no such directory");
        assertThat(launch.out()).isEmpty();
    }

    @Test
    void aPortInUseIsToldInOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Launch launch = web("--port", Integer.toString(taken.getLocalPort()));

            assertThat(launch.status()).isEqualTo(Ift.FAILED);
            assertThat(launch.err().lines())
                    .singleElement()
                    .asString()
                    .contains("port " + taken.getLocalPort() + " is in use");
        }
    }

    @Test
    void aPortThatIsNoneIsWrongUsage() {
        assertThat(web("--port", "99999").status()).isEqualTo(Ift.USAGE);
    }

    private Launch web(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "web";
        all[1] = "--data";
        all[2] = data.toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Launch.ift(all);
    }
}

package io.github.ift4j.core.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhysicalCoresTest {
    @TempDir
    Path folder;

    @Test
    void threadsOfOneCoreCountOnce() throws IOException {
        String[] siblings = {"0,2", "1,3", "0,2", "1,3"};
        for (int i = 0; i < siblings.length; i++) {
            Path topology = Files.createDirectories(folder.resolve("cpu" + i + "/topology"));
            Files.writeString(topology.resolve("thread_siblings_list"), siblings[i] + "\n");
        }
        Files.createDirectories(folder.resolve("cpufreq"));

        assertThat(PhysicalCores.count(folder)).isEqualTo(2);
    }

    @Test
    void aSystemThatDoesNotTellLimitsNothing() throws IOException {
        assertThat(PhysicalCores.count(folder)).isEqualTo(Integer.MAX_VALUE);
        assertThat(PhysicalCores.count(folder.resolve("none"))).isEqualTo(Integer.MAX_VALUE);
        Files.createDirectories(folder.resolve("cpu0"));
        assertThat(PhysicalCores.count(folder)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void thereIsAtLeastOneCoreAndNotMoreThanProcessors() {
        assertThat(PhysicalCores.count()).isBetween(1, Runtime.getRuntime().availableProcessors());
    }
}

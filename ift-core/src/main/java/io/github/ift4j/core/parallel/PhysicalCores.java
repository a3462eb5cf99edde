package io.github.ift4j.core.parallel;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * How many cores the machine has, threads of one core counted once: matrix kernels fill a core, so a second thread on it has
 * nothing to give.
 */
final class PhysicalCores {
    private static final Path LINUX = Path.of("/sys/devices/system/cpu");

    private PhysicalCores() {}

    /** At most the processors that this process may use, and exactly those where the system does not tell. */
    static int count() {
        return Math.min(count(LINUX), Runtime.getRuntime().availableProcessors());
    }

    /** Cores listed in a folder like {@code /sys/devices/system/cpu}, or all that an int can hold. */
    static int count(Path cpus) {
        Set<String> cores = new HashSet<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(cpus, "cpu[0-9]*")) {
            for (Path cpu : folders) {
                Path siblings = cpu.resolve("topology/thread_siblings_list");
                if (Files.exists(siblings)) {
                    cores.add(Files.readString(siblings).strip());
                }
            }
        } catch (IOException e) {
            return Integer.MAX_VALUE;
        }
        return cores.isEmpty() ? Integer.MAX_VALUE : cores.size();
    }
}

package io.github.ift4j.samples.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs {@code ift} again in a process of its own, on the same Java with the same flags. */
final class OwnProcess {
    private OwnProcess() {}

    /**
     * Runs a command and waits for it; it ends when this process does.
     *
     * @return what it wrote to stdout
     * @throws IllegalStateException when it fails, with the last line that it wrote to stderr
     */
    static String ift(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Ift.class.getName()));
        command.addAll(arguments);
        try {
            Path errors = Files.createTempFile("ift", ".log");
            try {
                return run(command, arguments, errors.toFile());
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(List<String> command, List<String> arguments, File errors) throws IOException {
        Process process = new ProcessBuilder(command).redirectError(errors).start();
        Thread stop = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                List<String> said = Files.readAllLines(errors.toPath());
                throw new IllegalStateException("ift " + String.join(" ", arguments) + " failed: "
                        + (said.isEmpty() ? "status " + process.exitValue() : said.getLast()));
            }
            Runtime.getRuntime().removeShutdownHook(stop);
            return out;
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}

package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/ift} in a project of its own, with a JDK and a Maven that only tell how they are called. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "bash scripts")
class LauncherTest {
    @TempDir
    private Path temp;

    private Path root;
    private Path jdk;
    private Path tools;

    @BeforeEach
    void layOutAProject() throws IOException {
        root = Files.createDirectories(temp.resolve("a project"));
        Path bin = Files.createDirectories(root.resolve("samples/bin"));
        for (String name : new String[] {"ift", "find-jdk"}) {
            Files.copy(Path.of("bin", name), bin.resolve(name));
            executable(bin.resolve(name));
        }
        Files.createDirectories(root.resolve("samples/src/main"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(root.resolve("samples/pom.xml"), "<project/>");

        jdk = jdk(temp.resolve("jdk 25"), "25.0.1");
        tools = Files.createDirectories(temp.resolve("tools"));
        script(tools.resolve("mvn"), """
            echo built >> "%s"
            mkdir -p samples/target
            : > samples/target/samples-1.jar
            echo library.jar > samples/target/classpath
            sleep 0.2
            """.formatted(temp.resolve("builds")));
    }

    @Test
    void theFirstStartBuildsAndTheSecondDoesNot() throws Exception {
        assertThat(start().err()).isEqualTo("building…\n");
        assertThat(start().err()).isEmpty();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void aChangedSourceIsBuilt() throws Exception {
        start();
        Path source = root.resolve("samples/src/main/Changed.java");
        Files.writeString(source, "");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plus(Duration.ofHours(1))));

        start();

        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void startsAtTheSameTimeBuildOnce() throws Exception {
        Process first = process(root.resolve("samples/bin/ift"), Map.of()).start();
        Process second = process(root.resolve("samples/bin/ift"), Map.of()).start();

        assertThat(result(first).status()).isEqualTo(7);
        assertThat(result(second).status()).isEqualTo(7);
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void argumentsAndExitStatusGoThrough() throws Exception {
        Launch launch = start("generate", "--prompt", "two words");

        assertThat(launch.out()).contains("[generate]\n[--prompt]\n[two words]\n");
        assertThat(launch.status()).isEqualTo(7);
    }

    @Test
    void worksThroughSymbolicLinks() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("link"), root.resolve("samples/bin/ift"));
        Path linkToLink = Files.createSymbolicLink(temp.resolve("another"), Path.of("link"));
        assertThat(Files.exists(link)).isTrue();

        Launch launch = result(process(linkToLink, Map.of()).start());

        assertThat(launch.out())
                .contains(root.resolve("samples/target/samples-1.jar").toString());
    }

    @Test
    void aFailedBuildEndsTheStart() throws Exception {
        script(tools.resolve("mvn"), "echo no compiler; exit 1\n");

        Launch launch = start();

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).endsWith("no compiler\nthe build failed, see above\n");
    }

    @Test
    void anOldJdkIsPassedOver() throws Exception {
        Path old = jdk(temp.resolve("jdk-21"), "21.0.5");
        Files.move(jdk, Files.createDirectories(temp.resolve(".jdks")).resolve("jdk-25"));

        Launch launch = result(process(
                        root.resolve("samples/bin/find-jdk"),
                        Map.of("JAVA_HOME", old.toString(), "HOME", temp.toString()))
                .start());

        assertThat(launch.status()).isZero();
        assertThat(launch.out()).doesNotContain("jdk-21");
    }

    private Launch start(String... arguments) throws Exception {
        return result(
                process(root.resolve("samples/bin/ift"), Map.of(), arguments).start());
    }

    private ProcessBuilder process(Path script, Map<String, String> environment, String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(script.toString());
        builder.command().addAll(List.of(arguments));
        builder.directory(temp.toFile());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().merge("PATH", tools.toString(), (path, first) -> first + ":" + path);
        builder.environment().putAll(environment);
        return builder;
    }

    private static Launch result(Process process) throws Exception {
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Launch(process.waitFor(), out, err);
    }

    private long builds() throws IOException {
        return Files.readAllLines(temp.resolve("builds")).size();
    }

    /** A JDK whose {@code java} prints its arguments and exits with 7. */
    private static Path jdk(Path home, String version) throws IOException {
        Path bin = Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        script(bin.resolve("javac"), "exit 1\n");
        script(bin.resolve("java"), "printf '[%s]\\n' \"$@\"\nexit 7\n");
        return home;
    }

    private static void script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/usr/bin/env bash\n" + body);
        executable(file);
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

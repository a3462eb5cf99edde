package io.github.ift4j.jlama.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.CharStreams;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each test runs {@link VectorApiProbe} in a JVM of its own, since what is tested happens once a JVM. */
class VectorApiTest {
    @Test
    void keepsBoundsChecksOnWhateverJlamaDoes() throws Exception {
        assertThat(probe("require, jlama, access", "--add-modules", "jdk.incubator.vector"))
                .contains("out of bounds");
    }

    @Test
    void wouldSeeThatJlamaSwitchesThemOff() throws Exception {
        assertThat(probe("jlama, access", "--add-modules", "jdk.incubator.vector"))
                .contains("read 0.0");
    }

    @Test
    void keepsThemOnEvenIfTheCommandLineSwitchesThemOff() throws Exception {
        String off = "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0";
        assertThat(probe("require, access", "--add-modules", "jdk.incubator.vector", off))
                .contains("out of bounds");
    }

    @Test
    void warnsWhenItIsTooLate() throws Exception {
        assertThat(probe("jlama, access, require", "--add-modules", "jdk.incubator.vector"))
                .contains("call VectorApi.require() before the first use of Jlama");
    }

    @Test
    void namesTheFlagWhenTheVectorApiIsMissing() throws Exception {
        assertThat(probe("require")).contains("add the flag --add-modules jdk.incubator.vector");
        assertThat(probe("load")).contains("add the flag --add-modules jdk.incubator.vector");
    }

    private static String probe(String steps, String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(flags));
        command.addAll(List.of(
                "-Xbatch",
                "-Xshare:auto",
                "-Djlama.force_panama_tensor_operations=true",
                "-cp",
                System.getProperty("java.class.path"),
                VectorApiProbe.class.getName()));
        command.addAll(Arrays.asList(steps.split(", ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = CharStreams.toString(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        process.waitFor();
        return output;
    }
}

package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.CharStreams;
import io.github.ift4j.core.parallel.Workers;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GemmChoiceTest {
    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
    }

    @Test
    void vectorIsExact() {
        try (Gemm gemm = GemmChoice.VECTOR.open(workers)) {
            assertThat(gemm.exact()).isSameAs(gemm);
            assertThat(gemm.name()).startsWith("vector");
        }
    }

    @Test
    void aChoiceOfOneStandsForItself() {
        assertThat(GemmChoice.VECTOR.resolve(workers, 8, 8)).isEqualTo(GemmChoice.VECTOR);
        assertThat(GemmChoice.ONEDNN.resolve(workers, 8, 8)).isEqualTo(GemmChoice.ONEDNN);
    }

    @Test
    void autoBecomesOneOfTheOthers() {
        assertThat(GemmChoice.AUTO.resolve(workers, 96, 64)).isIn(GemmChoice.VECTOR, GemmChoice.ONEDNN);
        assertThatThrownBy(() -> GemmChoice.AUTO.open(workers)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void withoutTheDependencyOnlyThoseWhoAskForItMissIt() throws Exception {
        assertThat(withoutOneDnn("VECTOR")).contains("resolved VECTOR, opened vector");
        assertThat(withoutOneDnn("AUTO")).contains("resolved VECTOR, opened vector");
        assertThat(withoutOneDnn("ONEDNN"))
                .contains("oneDNN cannot be loaded")
                .contains("add the dependency org.bytedeco:dnnl-platform:3.11-1.5.13");
    }

    /** What {@link GemmChoiceProbe} says in a JVM of its own whose class path has nothing of JavaCPP's. */
    private static String withoutOneDnn(String choice) throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("dnnl-") && !entry.contains("javacpp") && !entry.contains("opencl"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        classPath,
                        GemmChoiceProbe.class.getName(),
                        choice)
                .redirectErrorStream(true)
                .start();
        String output = CharStreams.toString(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        process.waitFor();
        return output;
    }
}

package io.github.ift4j.langchain4j.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import org.apache.maven.plugins.shade.DefaultShader;
import org.apache.maven.plugins.shade.ShadeRequest;
import org.apache.maven.plugins.shade.relocation.Relocator;
import org.apache.maven.plugins.shade.relocation.SimpleRelocator;
import org.apache.maven.plugins.shade.resource.ManifestResourceTransformer;
import org.apache.maven.plugins.shade.resource.ResourceTransformer;
import org.apache.maven.plugins.shade.resource.ServicesResourceTransformer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application and all that it needs in one jar, made by Maven's shade plugin with Guava and Jackson under other names, run by a JVM
 * that has nothing else. Spring and Micrometer are not in it.
 */
class ShadedJarTest {
    private static final Path MODEL = Path.of("../ift-jlama/src/test/resources/golden/llama/model");

    @TempDir
    private static Path temp;

    private static Path shaded;

    @BeforeAll
    static void shade() throws Exception {
        shaded = temp.resolve("hello.jar");
        ShadeRequest request = new ShadeRequest();
        request.setJars(parts());
        request.setUberJar(shaded.toFile());
        request.setFilters(List.of());
        request.setRelocators(relocators());
        request.setResourceTransformers(transformers());
        new DefaultShader().shade(request);
    }

    @Test
    void theShadedApplicationAnswersAsTheApplicationDoes() throws Exception {
        String expected = Hello.answer(MODEL, "Hi");

        assertThat(run(shaded, MODEL.toString(), "Hi").strip()).isEqualTo(expected.strip());
        assertThat(expected).isNotBlank();
    }

    @Test
    void theJarHoldsRelocatedClassesAndNoSpring() throws IOException {
        try (JarFile jar = new JarFile(shaded.toFile())) {
            assertThat(jar.stream().map(ZipEntry::getName))
                    .contains("shaded/guava/collect/ImmutableList.class", "shaded/jackson/databind/ObjectMapper.class")
                    .noneMatch(name -> name.startsWith("com/google/common/"))
                    .noneMatch(name -> name.startsWith("org/springframework/"))
                    .noneMatch(name -> name.startsWith("io/micrometer/"));
        }
    }

    private static Set<File> parts() throws IOException {
        Set<File> parts = new LinkedHashSet<>();
        Path application = Files.createDirectories(temp.resolve("application"));
        String name = Hello.class.getName().replace('.', '/') + ".class";
        Files.createDirectories(application.resolve(name).getParent());
        Files.copy(Path.of("target/test-classes", name), application.resolve(name));
        parts.add(jar(application, "application.jar"));
        parts.add(jar(Path.of("target/classes"), "langchain4j.jar"));
        for (String entry :
                Files.readString(Path.of("target/classpath")).strip().split(File.pathSeparator)) {
            Path part = Path.of(entry);
            parts.add(Files.isDirectory(part) ? jar(part, "part" + parts.size() + ".jar") : part.toFile());
        }
        return parts;
    }

    private static File jar(Path classes, String name) {
        Path jar = temp.resolve(name);
        int status = ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(System.out, System.err, "--create", "--file=" + jar, "-C", classes.toString(), ".");
        assertThat(status).isZero();
        return jar.toFile();
    }

    private static List<Relocator> relocators() {
        return List.of(
                new SimpleRelocator("com.google.common", "shaded.guava", null, null),
                new SimpleRelocator("com.fasterxml.jackson", "shaded.jackson", null, null));
    }

    private static List<ResourceTransformer> transformers() {
        ManifestResourceTransformer manifest = new ManifestResourceTransformer();
        manifest.setMainClass(Hello.class.getName());
        manifest.setManifestEntries(Map.of("Enable-Native-Access", "ALL-UNNAMED"));
        return List.of(manifest, new ServicesResourceTransformer());
    }

    private static String run(Path jar, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Dstdout.encoding=UTF-8");
        command.add("--add-modules=jdk.incubator.vector");
        command.add("-jar");
        command.add(jar.toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(temp.resolve("errors").toFile())
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).withFailMessage(() -> errors()).isZero();
        return output;
    }

    private static String errors() {
        try {
            return Files.readString(temp.resolve("errors"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}

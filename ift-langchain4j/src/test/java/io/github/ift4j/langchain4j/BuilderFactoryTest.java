package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.langchain4j.IftChatModel.IftChatModelBuilder;
import io.github.ift4j.langchain4j.IftStreamingChatModel.IftStreamingChatModelBuilder;
import io.github.ift4j.langchain4j.spi.IftChatModelBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftStreamingChatModelBuilderFactory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuilderFactoryTest {
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();
    private URLClassLoader loader;

    @TempDir
    private Path directory;

    @BeforeEach
    void registerFactories() throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(IftChatModelBuilderFactory.class.getName()), ChatFactory.class.getName());
        Files.writeString(
                services.resolve(IftStreamingChatModelBuilderFactory.class.getName()),
                StreamingFactory.class.getName());
        loader = new URLClassLoader(new URL[] {directory.toUri().toURL()}, before);
    }

    @AfterEach
    void restoreClassLoader() throws IOException {
        Thread.currentThread().setContextClassLoader(before);
        loader.close();
    }

    @Test
    void buildersComeFromTheFactoryOnTheClassPath() {
        Thread.currentThread().setContextClassLoader(loader);

        assertThat(IftChatModel.builder()).isExactlyInstanceOf(CustomBuilder.class);
        assertThat(IftStreamingChatModel.builder()).isExactlyInstanceOf(CustomStreamingBuilder.class);
    }

    @Test
    void withoutAFactoryTheyAreOurOwn() {
        assertThat(IftChatModel.builder()).isExactlyInstanceOf(IftChatModelBuilder.class);
        assertThat(IftStreamingChatModel.builder()).isExactlyInstanceOf(IftStreamingChatModelBuilder.class);
    }

    public static final class CustomBuilder extends IftChatModelBuilder {}

    public static final class CustomStreamingBuilder extends IftStreamingChatModelBuilder {}

    public static final class ChatFactory implements IftChatModelBuilderFactory {
        @Override
        public IftChatModelBuilder get() {
            return new CustomBuilder();
        }
    }

    public static final class StreamingFactory implements IftStreamingChatModelBuilderFactory {
        @Override
        public IftStreamingChatModelBuilder get() {
            return new CustomStreamingBuilder();
        }
    }
}

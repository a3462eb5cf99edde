package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.langchain4j.IftChatModel.IftChatModelBuilder;
import io.github.ift4j.langchain4j.IftEmbeddingModel.IftEmbeddingModelBuilder;
import io.github.ift4j.langchain4j.IftLanguageModel.IftLanguageModelBuilder;
import io.github.ift4j.langchain4j.IftModelCatalog.IftModelCatalogBuilder;
import io.github.ift4j.langchain4j.IftStreamingChatModel.IftStreamingChatModelBuilder;
import io.github.ift4j.langchain4j.IftStreamingLanguageModel.IftStreamingLanguageModelBuilder;
import io.github.ift4j.langchain4j.IftTokenCountEstimator.IftTokenCountEstimatorBuilder;
import io.github.ift4j.langchain4j.spi.IftChatModelBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftEmbeddingModelBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftLanguageModelBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftModelCatalogBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftStreamingChatModelBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftStreamingLanguageModelBuilderFactory;
import io.github.ift4j.langchain4j.spi.IftTokenCountEstimatorBuilderFactory;
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
        Files.writeString(
                services.resolve(IftLanguageModelBuilderFactory.class.getName()), LanguageModelFactory.class.getName());
        Files.writeString(
                services.resolve(IftStreamingLanguageModelBuilderFactory.class.getName()),
                StreamingLanguageModelFactory.class.getName());
        Files.writeString(
                services.resolve(IftEmbeddingModelBuilderFactory.class.getName()),
                EmbeddingModelFactory.class.getName());
        Files.writeString(
                services.resolve(IftTokenCountEstimatorBuilderFactory.class.getName()),
                TokenCountEstimatorFactory.class.getName());
        Files.writeString(
                services.resolve(IftModelCatalogBuilderFactory.class.getName()), ModelCatalogFactory.class.getName());
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
        assertThat(IftLanguageModel.builder()).isExactlyInstanceOf(CustomLanguageModelBuilder.class);
        assertThat(IftStreamingLanguageModel.builder()).isExactlyInstanceOf(CustomStreamingLanguageModelBuilder.class);
        assertThat(IftEmbeddingModel.builder()).isExactlyInstanceOf(CustomEmbeddingModelBuilder.class);
        assertThat(IftTokenCountEstimator.builder()).isExactlyInstanceOf(CustomTokenCountEstimatorBuilder.class);
        assertThat(IftModelCatalog.builder()).isExactlyInstanceOf(CustomModelCatalogBuilder.class);
    }

    @Test
    void withoutAFactoryTheyAreOurOwn() {
        assertThat(IftChatModel.builder()).isExactlyInstanceOf(IftChatModelBuilder.class);
        assertThat(IftStreamingChatModel.builder()).isExactlyInstanceOf(IftStreamingChatModelBuilder.class);
        assertThat(IftLanguageModel.builder()).isExactlyInstanceOf(IftLanguageModelBuilder.class);
        assertThat(IftStreamingLanguageModel.builder()).isExactlyInstanceOf(IftStreamingLanguageModelBuilder.class);
        assertThat(IftEmbeddingModel.builder()).isExactlyInstanceOf(IftEmbeddingModelBuilder.class);
        assertThat(IftTokenCountEstimator.builder()).isExactlyInstanceOf(IftTokenCountEstimatorBuilder.class);
        assertThat(IftModelCatalog.builder()).isExactlyInstanceOf(IftModelCatalogBuilder.class);
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

    public static final class CustomLanguageModelBuilder extends IftLanguageModelBuilder {}

    public static final class LanguageModelFactory implements IftLanguageModelBuilderFactory {
        @Override
        public IftLanguageModelBuilder get() {
            return new CustomLanguageModelBuilder();
        }
    }

    public static final class CustomStreamingLanguageModelBuilder extends IftStreamingLanguageModelBuilder {}

    public static final class StreamingLanguageModelFactory implements IftStreamingLanguageModelBuilderFactory {
        @Override
        public IftStreamingLanguageModelBuilder get() {
            return new CustomStreamingLanguageModelBuilder();
        }
    }

    public static final class CustomEmbeddingModelBuilder extends IftEmbeddingModelBuilder {}

    public static final class EmbeddingModelFactory implements IftEmbeddingModelBuilderFactory {
        @Override
        public IftEmbeddingModelBuilder get() {
            return new CustomEmbeddingModelBuilder();
        }
    }

    public static final class CustomTokenCountEstimatorBuilder extends IftTokenCountEstimatorBuilder {}

    public static final class TokenCountEstimatorFactory implements IftTokenCountEstimatorBuilderFactory {
        @Override
        public IftTokenCountEstimatorBuilder get() {
            return new CustomTokenCountEstimatorBuilder();
        }
    }

    public static final class CustomModelCatalogBuilder extends IftModelCatalogBuilder {}

    public static final class ModelCatalogFactory implements IftModelCatalogBuilderFactory {
        @Override
        public IftModelCatalogBuilder get() {
            return new CustomModelCatalogBuilder();
        }
    }
}

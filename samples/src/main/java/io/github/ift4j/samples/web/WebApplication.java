package io.github.ift4j.samples.web;

import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The web chatbot. The model's beans come from the auto-configuration of {@code langchain4j.ift.model-path}; all else that is
 * configured stands in {@code application.properties}.
 */
@SpringBootApplication
public class WebApplication {
    /**
     * Starts it; closing the context ends it.
     *
     * @throws UncheckedIOException when the embedded model cannot be written into the data folder
     */
    public static ConfigurableApplicationContext start(WebOptions options) {
        // Spring would look for a configuration of its own; the command line has one.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        return new SpringApplicationBuilder(WebApplication.class)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .properties(Map.of(
                        "server.address", options.address(),
                        "server.port", options.port(),
                        "langchain4j.ift.model-path", model(options).toString(),
                        "ift.web.data", options.data().toString()))
                .run();
    }

    /** Where the started application is. */
    public static String url(ConfigurableApplicationContext context) {
        return "http://" + context.getEnvironment().getProperty("server.address") + ":"
                + context.getEnvironment().getProperty("local.server.port");
    }

    private static Path model(WebOptions options) {
        return options.model().orElseGet(() -> {
            Path embedded = options.data().resolve("embedded-model");
            try {
                EmbeddedModel.copyModel(embedded);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return embedded;
        });
    }
}

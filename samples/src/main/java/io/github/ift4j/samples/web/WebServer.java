package io.github.ift4j.samples.web;

import com.google.common.base.Throwables;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.springframework.boot.Banner;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;

/** The running web chatbot. */
public final class WebServer implements AutoCloseable {
    /** Tomcat's logs; held, as loggers that nobody holds forget their level. */
    private static final Logger TOMCAT = Logger.getLogger("org.apache");

    private final ConfigurableApplicationContext context;
    private final CountDownLatch ended;

    private WebServer(ConfigurableApplicationContext context, CountDownLatch ended) {
        this.context = context;
        this.ended = ended;
    }

    /**
     * Starts it.
     *
     * @throws IOException when the embedded model cannot be written into the data folder
     * @throws IllegalStateException when it cannot start; the message says why
     */
    public static WebServer start(WebOptions options) throws IOException {
        Map<String, Object> properties = Map.of(
                "server.address", options.address(),
                "server.port", options.port(),
                "langchain4j.ift.model-path", model(options).toString(),
                "ift.web.data", options.data().toString());
        WebServer server;
        try {
            server = start(properties, _ -> {});
        } catch (RuntimeException e) {
            throw new IllegalStateException(reason(e), e);
        }
        if (options.examples()) {
            server.bean(ExampleChats.class).record();
        }
        return server;
    }

    /** What is behind the exceptions of Spring. */
    private static String reason(RuntimeException failure) {
        return Throwables.getCausalChain(failure).stream()
                .filter(PortInUseException.class::isInstance)
                .map(cause -> "port " + ((PortInUseException) cause).getPort() + " is in use; choose another")
                .findFirst()
                .orElseGet(() -> String.valueOf(Throwables.getRootCause(failure).getMessage()));
    }

    /** Starts it with other properties, and beans that an initializer adds. */
    static WebServer start(
            Map<String, Object> properties, ApplicationContextInitializer<ConfigurableApplicationContext> beans) {
        // The command line decides what is logged where.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        TOMCAT.setLevel(Level.WARNING);
        CountDownLatch ended = new CountDownLatch(1);
        ApplicationListener<ContextClosedEvent> onClose = _ -> ended.countDown();
        return new WebServer(
                new SpringApplicationBuilder(WebApplication.class)
                        .bannerMode(Banner.Mode.OFF)
                        .logStartupInfo(false)
                        .properties(properties)
                        .initializers(beans)
                        .listeners(onClose)
                        .run(),
                ended);
    }

    private static Path model(WebOptions options) throws IOException {
        if (options.model().isPresent()) {
            return options.model().get();
        }
        Path embedded = options.data().resolve("embedded-model");
        EmbeddedModel.copyModel(embedded);
        return embedded;
    }

    /** Where it is. */
    public String url() {
        return "http://" + context.getEnvironment().getProperty("server.address") + ":"
                + context.getEnvironment().getProperty("local.server.port");
    }

    /** One of its parts. */
    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Waits until it has ended. */
    public void join() throws InterruptedException {
        ended.await();
    }

    @Override
    public void close() {
        context.close();
    }
}

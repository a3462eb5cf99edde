package io.github.ift4j.samples.web;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The web chatbot over a model and a tuner that follow a script. */
final class ScriptedServer implements AutoCloseable {
    final ScriptedChat model;
    final ScriptedTuner tuner = new ScriptedTuner();
    final ScriptedRecording recording = new ScriptedRecording();
    private final WebServer server;

    ScriptedServer(UnaryOperator<String> script) {
        this.model = new ScriptedChat(script);
        this.server = WebServer.start(Map.of("server.address", WebOptions.LOOPBACK, "server.port", 0), context -> {
            context.getBeanFactory().registerSingleton("model", model);
            context.getBeanFactory().registerSingleton("tuner", tuner);
            context.getBeanFactory().registerSingleton("recording", recording);
            context.getBeanFactory().registerSingleton("window", new PromptWindow(new Messages(), 3));
        });
    }

    String url() {
        return server.url();
    }

    @Override
    public void close() {
        server.close();
    }

    /** Counts each message as one token. */
    private static final class Messages implements TokenCountEstimator {
        @Override
        public int estimateTokenCountInText(String text) {
            return 1;
        }

        @Override
        public int estimateTokenCountInMessage(ChatMessage message) {
            return 1;
        }

        @Override
        public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
            int count = 0;
            for (ChatMessage message : messages) {
                count += estimateTokenCountInMessage(message);
            }
            return count;
        }
    }
}

package io.github.ift4j.samples.chatbots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;

/** Conversations on a terminal that only reads and prints. */
class ConsoleBotTest {
    private static final int MEMORY = 100;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private ScriptedModel model;

    @Test
    void anAnswerIsPrintedAndRemembered() throws Exception {
        talk("one\ntwo\n", ConsoleBotTest::echo);

        assertThat(printed()).contains("you said one").contains("you said two");
        assertThat(texts(model.requests.get(1))).containsExactly("one", "you said one", "two");
    }

    @Test
    void eachUserHasAMemory() throws Exception {
        talk("one\n/user Ida\ntwo\n/user me\nthree\n", ConsoleBotTest::echo);

        assertThat(texts(model.requests.get(1))).containsExactly("two");
        assertThat(texts(model.requests.get(2))).containsExactly("one", "you said one", "three");
        assertThat(printed()).contains("Ida> ");
    }

    @Test
    void resetForgets() throws Exception {
        talk("one\n/reset\ntwo\n", ConsoleBotTest::echo);

        assertThat(texts(model.requests.get(1))).containsExactly("two");
    }

    @Test
    void quitLeavesAndOtherCommandsAreExplained() throws Exception {
        talk("/help\n/nope\n/quit\none\n", ConsoleBotTest::echo);

        assertThat(printed()).contains("/user NAME").contains("there is no command /nope");
        assertThat(model.requests).isEmpty();
    }

    @Test
    void ctrlCStopsTheAnswerWhichIsForgotten() throws Exception {
        try (Terminal terminal = terminal("one\ntwo\n")) {
            model = new ScriptedModel(
                    request -> request.messages().size() == 1 && texts(request).contains("one")
                            ? AiMessage.from("first second third")
                            : AiMessage.from("fine"),
                    () -> {
                        if (printed().endsWith("first ")) {
                            terminal.raise(Terminal.Signal.INT);
                        }
                    });
            bot(terminal, List.of()).run();
        }

        assertThat(printed())
                .contains("first  (stopped)")
                .doesNotContain("second")
                .contains("fine");
        assertThat(texts(model.requests.get(1))).containsExactly("two");
    }

    @Test
    void aToolIsCalledAndItsResultGoesBack() throws Exception {
        talk("7 * 6?\n", request -> {
            ChatMessage last = request.messages().getLast();
            return last instanceof ToolExecutionResultMessage result
                    ? AiMessage.from("it is " + result.text())
                    : AiMessage.from(ToolExecutionRequest.builder()
                            .id("1")
                            .name("calculate")
                            .arguments("{\"a\": 7, \"operation\": \"MULTIPLY\", \"b\": 6}")
                            .build());
        });

        assertThat(printed()).contains("it is 42");
    }

    @Test
    void anErrorIsALineAndTheQuestionIsForgotten() throws Exception {
        talk("one\ntwo\n", request -> {
            if (texts(request).contains("one")) {
                throw new IllegalStateException("out of luck");
            }
            return echo(request);
        });

        assertThat(printed()).contains("no answer: out of luck").contains("you said two");
        assertThat(texts(model.requests.get(1))).containsExactly("two");
    }

    @Test
    void aQuestionThatIsTooLongIsRefused() throws Exception {
        talk("x".repeat(MEMORY) + "\n", ConsoleBotTest::echo);

        assertThat(printed()).contains("no answer: the question has 100 tokens").contains("room for 99");
        assertThat(model.requests).isEmpty();
    }

    @Test
    void anAnswerCannotSteerTheTerminal() throws Exception {
        talk("one\n", request -> AiMessage.from("a\u001b[2Jb"));

        assertThat(printed()).contains("a[2Jb");
    }

    private void talk(String typed, Function<ChatRequest, AiMessage> script) throws Exception {
        model = new ScriptedModel(script, () -> {});
        try (Terminal terminal = terminal(typed)) {
            bot(terminal, List.of(new CalculatorTool())).run();
        }
    }

    private ConsoleBot bot(Terminal terminal, List<Object> tools) {
        return new ConsoleBot(terminal, model, new UserMemories(new Characters(), MEMORY), tools);
    }

    private Terminal terminal(String typed) throws IOException {
        return new DumbTerminal(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)), printed);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static AiMessage echo(ChatRequest request) {
        return AiMessage.from("you said " + texts(request).getLast());
    }

    private static List<String> texts(ChatRequest request) {
        return request.messages().stream().map(ConsoleBotTest::text).toList();
    }

    private static String text(ChatMessage message) {
        return switch (message) {
            case UserMessage user -> user.singleText();
            case AiMessage answer -> String.valueOf(answer.text());
            case ToolExecutionResultMessage result -> result.text();
            default -> message.toString();
        };
    }

    /** A token a character. */
    private static final class Characters implements TokenCountEstimator {
        @Override
        public int estimateTokenCountInText(String text) {
            return text.length();
        }

        @Override
        public int estimateTokenCountInMessage(ChatMessage message) {
            return text(message).length();
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

package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageMapperTest {
    @Test
    void plainMessagesHaveRoleAndContent() {
        assertThat(fields(SystemMessage.from("s"))).isEqualTo(Map.of("role", "system", "content", "s"));
        assertThat(fields(UserMessage.from("u"))).isEqualTo(Map.of("role", "user", "content", "u"));
        assertThat(fields(AiMessage.from("a"))).isEqualTo(Map.of("role", "assistant", "content", "a"));
    }

    @Test
    void aUserKeepsTheNameAndSeveralTextsAreLines() {
        assertThat(fields(UserMessage.from("Ann", TextContent.from("one"), TextContent.from("two"))))
                .isEqualTo(Map.of("role", "user", "content", "one\ntwo", "name", "Ann"));
    }

    @Test
    void toolCallsCarryTheirArgumentsAsAnObject() {
        ToolExecutionRequest request = ToolExecutionRequest.builder()
                .id("7")
                .name("weather")
                .arguments("{\"city\": \"Munich\"}")
                .build();

        assertThat(fields(AiMessage.from(request)))
                .isEqualTo(Map.of(
                        "role",
                        "assistant",
                        "content",
                        "",
                        "tool_calls",
                        List.of(Map.of(
                                "id",
                                "7",
                                "type",
                                "function",
                                "function",
                                Map.of("name", "weather", "arguments", Map.of("city", "Munich"))))));
    }

    @Test
    void argumentsThatAreNoObjectStayText() {
        ToolExecutionRequest request =
                ToolExecutionRequest.builder().name("f").arguments("not json").build();

        assertThat(fields(AiMessage.from(request)).toString()).contains("arguments=not json");
    }

    @Test
    void toolResultsHaveTheRoleTool() {
        assertThat(fields(ToolExecutionResultMessage.from("7", "weather", "sunny")))
                .isEqualTo(Map.of("role", "tool", "content", "sunny", "tool_call_id", "7", "name", "weather"));
    }

    @Test
    void whatIsNotTextIsRefused() {
        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> fields(UserMessage.from(ImageContent.from("http://localhost/cat.png"))))
                .withMessageContaining("image is not supported");
        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> fields(ToolExecutionResultMessage.builder()
                        .id("7")
                        .toolName("photo")
                        .contents(List.of(ImageContent.from("http://localhost/cat.png")))
                        .build()))
                .withMessageContaining("non-text content");
        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> fields(CustomMessage.from(Map.of("a", "b"))))
                .withMessageContaining("not supported");
    }

    private static Map<String, Object> fields(ChatMessage message) {
        return MessageMapper.toMessages(List.of(message)).getFirst().fields();
    }
}

package io.github.ift4j.langchain4j.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        write to jane.doe+list@mail.example.co.uk today | write to [email] today
        jürgen@müller.example                          | [email]
        not an address: a@b                            | not an address: a@b
        call +49 30 1234567                            | call [phone]
        call (030) 123 45 67 now                       | call [phone] now
        +15551234567                                   | [phone]
        555-123-4567.                                  | [phone].
        order 12345678                                 | order 12345678
        on 2026-11-25 at noon                          | on 2026-11-25 at noon
        card 4111 1111 1111 1111                       | card [card]
        card 4111-1111-1111-1111, ok                   | card [card], ok
        card 5500000000000004                          | card [card]
        no card 4111 1111 1111 1112                    | no card 4111 1111 1111 1112
        """)
    void findsWhatHasTheUsualForm(String text, String redacted) {
        assertThat(Redaction.common().redact(text)).isEqualTo(redacted);
    }

    @Test
    void aReplacementIsTakenLiterally() {
        assertThat(Redaction.creditCard().redact("$1 and \\ 4111 1111 1111 1111 $2"))
                .isEqualTo("$1 and \\ [card] $2");
    }

    @Test
    void reachesEveryValueAndKeyOfAToolCallButItsIdAndType() {
        Map<String, Object> function = Map.of(
                "name", "send", "arguments", Map.of("to", List.of("a@b.example"), "c@d.example", 4111111111111111L));
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("id", "id@call.example");
        call.put("type", "function");
        call.put("function", function);
        Message message = new Message(Map.of(
                "role", "assistant", "content", "to a@b.example", "tool_calls", List.of(call), "name", "a@b.example"));

        Map<String, Object> redacted = Redaction.common().redact(message).fields();

        assertThat(redacted)
                .containsEntry("role", "assistant")
                .containsEntry("content", "to [email]")
                .containsEntry("name", "[email]")
                .extracting("tool_calls")
                .isEqualTo(List.of(Map.of(
                        "id",
                        "id@call.example",
                        "type",
                        "function",
                        "function",
                        Map.of("name", "send", "arguments", Map.of("to", List.of("[email]"), "[email]", "[card]")))));
    }
}

package io.github.ift4j.jlama.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Hundreds of small templates against what Jinja2 makes of them. */
class JinjaCasesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void everyTemplateRendersAsInJinjaOrFailsWhereJinjaFails() throws IOException {
        JsonNode suite;
        try (InputStream in = JinjaCasesTest.class.getResourceAsStream("jinja-cases.json")) {
            suite = MAPPER.readTree(in);
        }
        Map<String, Object> variables =
                MAPPER.convertValue(suite.path("variables"), new TypeReference<Map<String, Object>>() {});
        LocalDateTime now = LocalDateTime.parse(suite.path("now").asText());
        List<String> wrong = new ArrayList<>();
        for (JsonNode each : suite.path("cases")) {
            String template = each.path(0).asText();
            String expected = each.path(1).isNull() ? null : each.path(1).asText();
            String actual;
            try {
                actual = Template.parse(template).render(variables, () -> now).text();
            } catch (TemplateException e) {
                actual = null;
            }
            if (expected == null ? actual != null : !expected.equals(actual)) {
                wrong.add("%s: expected <%s>, rendered <%s>".formatted(template, expected, actual));
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(suite.path("cases").size()).isGreaterThan(700);
    }
}

package io.github.ift4j.jlama.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.jlama.text.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Templates of real models against what Jinja2 makes of them. */
class RealTemplatesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void everyCaseRendersExactlyOrFailsInTheTemplatesOwnWords() throws IOException {
        Path folder = SharedFolder.find("templates").orElse(null);
        assumeTrue(folder != null, "../shared/templates is absent");
        List<String> wrong = new ArrayList<>();
        int cases = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                JsonNode suite = MAPPER.readTree(file.toFile());
                for (JsonNode each : suite.path("cases")) {
                    cases++;
                    String difference = difference(suite, each);
                    if (difference != null) {
                        wrong.add("%s, %s: %s".formatted(file.getFileName(), each.path("name"), difference));
                    }
                }
            }
        }
        System.out.printf("%d of %d template cases render exactly%n", cases - wrong.size(), cases);
        assertThat(wrong).isEmpty();
        assertThat(cases).isGreaterThan(90);
    }

    private static String difference(JsonNode suite, JsonNode each) {
        try {
            String text = render(suite, each);
            return text.equals(each.path("expected").asText(null)) ? null : text;
        } catch (TemplateException e) {
            String expected = each.path("error").asText("no error");
            return expected.endsWith(": " + e.reason()) ? null : e.getMessage();
        }
    }

    private static String render(JsonNode suite, JsonNode each) {
        Map<String, Object> variables = new HashMap<>();
        suite.path("special_tokens")
                .properties()
                .forEach(token -> variables.put(token.getKey(), token.getValue().asText()));
        variables.put("messages", MAPPER.convertValue(each.path("messages"), Object.class));
        variables.put("tools", MAPPER.convertValue(each.path("tools"), Object.class));
        variables.put("documents", null);
        variables.put(
                "add_generation_prompt", each.path("add_generation_prompt").asBoolean());
        LocalDateTime now = LocalDateTime.parse(suite.path("now").asText());
        return Template.parse(suite.path("template").asText())
                .render(variables, () -> now)
                .text();
    }
}

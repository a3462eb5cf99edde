package io.github.ift4j.langchain4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What IDEs complete application.properties from. */
class ConfigurationMetadataTest {
    private final Map<String, JsonNode> properties = properties();

    @Test
    void everyPropertyIsListed() {
        assertThat(properties.keySet()).isEqualTo(names("langchain4j.ift", IftProperties.class));
        assertThat(properties)
                .containsKeys(
                        "langchain4j.ift.model-path",
                        "langchain4j.ift.parameters.temperature",
                        "langchain4j.ift.chat-model.enabled");
    }

    @Test
    void everyPropertyHasATypeAndADescription() {
        assertThat(properties).allSatisfy((_, property) -> {
            assertThat(property.path("type").asText()).isNotEmpty();
            assertThat(property.path("description").asText()).isNotEmpty().endsWith(".");
        });
    }

    @Test
    void modelsAreOnUnlessSwitchedOff() {
        assertThat(properties
                        .get("langchain4j.ift.chat-model.enabled")
                        .get("defaultValue")
                        .asBoolean())
                .isTrue();
    }

    private static Map<String, JsonNode> properties() {
        Map<String, JsonNode> properties = new TreeMap<>();
        try (InputStream metadata =
                IftProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            new ObjectMapper()
                    .readTree(metadata)
                    .get("properties")
                    .forEach(property -> properties.put(property.get("name").asText(), property));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return properties;
    }

    private static Set<String> names(String prefix, Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + "."
                    + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase();
            if (component.getType().isRecord()) {
                names.addAll(names(name, component.getType()));
            } else {
                names.add(name);
            }
        }
        return names;
    }
}

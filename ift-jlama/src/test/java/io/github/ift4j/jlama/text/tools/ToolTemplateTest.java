package io.github.ift4j.jlama.text.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.SharedFolder;
import io.github.ift4j.jlama.text.SpecialTokens;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolTemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}";
    private static final String CHAT_WITHOUT_SYSTEM =
            "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHAT;
    private static final String TURNS = "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
            + "{{ raise_exception('take turns') }}{% endif %}<{{ m.role }}>{{ m.content }}</>{% endfor %}";
    /** As Mistral's templates do. */
    private static final String TURNS_BESIDE_CALLS = "{% set turns = namespace(count=0) %}{% for m in messages %}{% if"
        + " m.tool_calls %}<call>{% for c in m.tool_calls %}{{ c.function.name }}:{{ c.function.arguments }}{% endfor"
        + " %}</>{% else %}{% if m.role != 'tool' %}{% if (m.role == 'user') != (turns.count % 2 == 0) %}{{"
        + " raise_exception('take turns') }}{% endif %}{% set turns.count = turns.count + 1 %}{% endif %}<{{ m.role"
        + " }}>{{ m.content }}</>{% endif %}{% endfor %}";

    private static final Map<String, Object> TOOL =
            Map.of("type", "function", "function", Map.of("name", "get_weather"));

    @ParameterizedTest
    @CsvSource({
        "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use, HERMES, true",
        "Qwen-Qwen2.5-7B-Instruct, HERMES, true",
        "meta-llama-Llama-3.2-3B-Instruct, LLAMA, true",
        "mistralai-Mistral-Nemo-Instruct-2407, MISTRAL, true",
        "granite-3.0-instruct, GRANITE, false",
        "chatml, PLAIN, false",
        "gemma-it, PLAIN, false",
        "llama-3-instruct, PLAIN, false",
        "zephyr, PLAIN, false"
    })
    void realTemplatesAreReadRightAndWriteCallsAsTheirAuthorsDo(String name, ToolCallFormat format, boolean own)
            throws IOException {
        JsonNode suite = suite(name);
        ChatTemplate template = template(suite);
        ToolTemplate tools = ToolTemplate.of(template);
        assertThat(tools.format()).isEqualTo(format);

        JsonNode toolResult = null;
        for (JsonNode each : suite.path("cases")) {
            if (each.path("name").asText().equals("tool_result")) {
                toolResult = each;
            }
        }
        List<Map<String, Object>> offered = JSON.convertValue(toolResult.path("tools"), new TypeReference<>() {});
        ToolPrompt prompt = tools.prompt(messages(toolResult), offered);
        String text = template.render(prompt.messages(), prompt.tools(), true).text();
        if (own) {
            assertThat(text).isEqualTo(toolResult.path("expected").asText());
        }
        assertThat(text)
                .contains("get_weather", "Current weather of a city", "celsius")
                .containsPattern("\"city\": ?\"Zürich\"")
                .contains("21");
    }

    @Test
    void graniteHasRolesOfItsOwn() throws IOException {
        ChatTemplate template = template(suite("granite-3.0-instruct"));

        String text = render(template, conversation(2), List.of(TOOL));

        assertThat(text)
                .contains("<|start_of_role|>available_tools<|end_of_role|>")
                .contains("<|start_of_role|>assistant<|end_of_role|><|tool_call|>[{\"name\": \"get_weather\","
                        + " \"arguments\": {\"city\":\"Bonn 0\"}}, {\"name\"")
                .contains("<|start_of_role|>tool_response<|end_of_role|>sunny 1<|end_of_text|>");
    }

    @Test
    void whereATemplateTakesOneCallAMessageEachIsFollowedByItsResult() throws IOException {
        ChatTemplate template = template(suite("meta-llama-Llama-3.2-3B-Instruct"));
        List<Message> messages = new ArrayList<>(conversation(2));
        messages.add(messages.remove(2));

        String text = render(template, messages, List.of(TOOL));

        assertThat(text.substring(text.indexOf("Weather?")))
                .matches("(?s).*Bonn 0.*sunny 0.*Bonn 1.*sunny 1.*")
                .contains("{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Bonn 1\"}}<|eot_id|>");
    }

    @Test
    void idsOfOthersAreMadeOfTheLengthThatMistralDemands() throws IOException {
        ChatTemplate template = template(suite("mistralai-Mistral-Nemo-Instruct-2407"));

        assertThat(render(template, conversation(2), List.of(TOOL)))
                .contains("\"id\": \"call00000\"}", "\"id\": \"call00001\"}", "\"call_id\": \"call00001\"}");
    }

    @Test
    void withoutAPlaceForToolsTheyAreExplainedInTheSystemMessageOrBeforeTheFirstQuestion() {
        String explained = "You may call these tools, each a JSON object with a JSON schema of its parameters:\n"
                + "{\"name\":\"get_weather\"}\n"
                + "To call a tool, answer only {\"name\": <tool>, \"arguments\": {<parameters>}}, one call a line.";

        List<Message> messages = new ArrayList<>(conversation(2));
        assertThat(render(chat(CHAT), messages, List.of(TOOL)))
                .isEqualTo("<system>" + explained + "</><user>Weather?</>"
                        + "<assistant>{\"name\": \"get_weather\", \"arguments\": {\"city\":\"Bonn 0\"}}\n"
                        + "{\"name\": \"get_weather\", \"arguments\": {\"city\":\"Bonn 1\"}}</>"
                        + "<user>Result of get_weather: sunny 0\nResult of get_weather: sunny 1</>");
        assertThat(render(chat(CHAT_WITHOUT_SYSTEM), messages, List.of(TOOL)))
                .startsWith("<user>" + explained + "\n\nWeather?</><assistant>");
        messages.addFirst(Message.of("system", "Be brief."));
        assertThat(render(chat(CHAT), messages, List.of(TOOL))).startsWith("<system>Be brief.\n\n" + explained);
    }

    @Test
    void argumentsAreGivenAsTheTemplateWritesThemAsJson() {
        String call = "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls %}"
                + "{{ c.function.name }}:{{ c.function.arguments FILTER }}{% endfor %}{% endfor %}";
        String asText = call.replace("FILTER", "");
        String asObject = call.replace("FILTER", "| tojson");

        assertThat(render(chat(asText), conversation(1), List.of())).contains("get_weather:{\"city\":\"Bonn 0\"}");
        assertThat(render(chat(asObject), conversation(1), List.of())).contains("get_weather:{\"city\": \"Bonn 0\"}");
    }

    @ParameterizedTest
    @CsvSource({"gemma-it", "google-gemma-2-2b-it", "mistral-instruct", "zephyr", "mistralai-Mistral-Nemo-Instruct-2407"
    })
    void realTemplatesThatDemandTurnsAreGivenThem(String name) throws IOException {
        ChatTemplate template = template(suite(name));
        Message first = Message.of("assistant", "first answer");
        Message one = Message.of("user", "one");
        Message two = Message.of("user", "two");
        Message last = Message.of("assistant", "last answer");

        assertThat(render(template, List.of(first, one, two, last, last, one), List.of()))
                .isEqualTo(template.render(
                                List.of(
                                        Message.of("user", "one\n\ntwo"),
                                        Message.of("assistant", "last answer\n\nlast answer"),
                                        one),
                                List.of(),
                                true)
                        .text());
        assertThat(render(template, List.of(one, last, two), List.of()))
                .isEqualTo(template.render(List.of(one, last, two), List.of(), true)
                        .text());
    }

    @ParameterizedTest
    @CsvSource({"granite-3.0-instruct", "Qwen-Qwen2.5-7B-Instruct", "meta-llama-Llama-3.2-3B-Instruct"})
    void templatesThatDemandNoTurnsGetWhatIsThere(String name) throws IOException {
        ChatTemplate template = template(suite(name));
        List<Message> messages =
                List.of(Message.of("assistant", "x"), Message.of("user", "one"), Message.of("user", "two"));

        assertThat(ToolTemplate.of(template).prompt(messages, List.of()).messages())
                .isEqualTo(messages);
    }

    @Test
    void callsAndTheirResultsTakeTurnsAsTextsOfAssistantAndUser() {
        List<Message> messages = new ArrayList<>(conversation(1));
        messages.add(Message.of("user", "And now?"));
        messages.addFirst(Message.of("assistant", "forgotten question"));

        assertThat(render(chat(TURNS), messages, List.of()))
                .isEqualTo("<user>Weather?</><assistant>{\"name\": \"get_weather\", \"arguments\": {\"city\":\"Bonn"
                        + " 0\"}}</><user>Result of get_weather: sunny 0\n\n"
                        + "And now?</>");
    }

    @Test
    void whatComesBeforeTheFirstQuestionIsLeftOutWithCallsAndResults() {
        List<Message> forgotten = new ArrayList<>(conversation(2));
        forgotten.removeFirst();
        forgotten.add(Message.of("assistant", "It is sunny."));
        forgotten.add(Message.of("user", "Thanks"));

        assertThat(render(chat(TURNS), forgotten, List.of())).isEqualTo("<user>Thanks</>");
        assertThat(render(chat(TURNS_BESIDE_CALLS), forgotten, List.of())).isEqualTo("<user>Thanks</>");
    }

    @Test
    void nothingIsChangedThatTheTemplateDoesNotDemand() {
        String neighbours = "{% for m in messages %}{% if loop.previtem is defined and loop.previtem.role == m.role %}"
                + "{{ raise_exception('one after the other') }}{% endif %}<{{ m.role }}>{{ m.content }}</>{% endfor %}";
        String beginning = "{% if messages[0].role != 'user' %}{{ raise_exception('a user begins') }}{% endif %}"
                + "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}";
        List<Message> messages =
                List.of(Message.of("assistant", "x"), Message.of("user", "one"), Message.of("user", "two"));

        assertThat(render(chat(neighbours), messages, List.of())).isEqualTo("<assistant>x</><user>one\n\ntwo</>");
        assertThat(render(chat(beginning), messages, List.of())).isEqualTo("<user>one</><user>two</>");
    }

    @Test
    void callsOfAQuestionThatGotNoAnswerAreLeftOutWhereTheTemplatePassesOverThem() {
        List<Message> messages = new ArrayList<>(conversation(1));
        String asked = render(chat(TURNS_BESIDE_CALLS), messages, List.of());
        messages.add(Message.of("user", "And now?"));
        String askedAgain = render(chat(TURNS_BESIDE_CALLS), messages, List.of());

        assertThat(asked).isEqualTo("<user>Weather?</><call>get_weather:{\"city\":\"Bonn 0\"}</><tool>sunny 0</>");
        assertThat(askedAgain).isEqualTo("<user>Weather?\n\nAnd now?</>");
    }

    @Test
    void aConversationThatCannotBePutInOrderIsRefusedByTheTemplate() {
        List<Message> messages = List.of(Message.of("assistant", "x"), Message.of("assistant", "y"));

        assertThatThrownBy(() -> render(chat(TURNS), messages, List.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("take turns");
    }

    private static List<Message> conversation(int calls) {
        List<Map<String, Object>> written = new ArrayList<>();
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            written.add(Map.of(
                    "id",
                    "other-" + i,
                    "type",
                    "function",
                    "function",
                    Map.of("name", "get_weather", "arguments", "{\"city\":\"Bonn " + i + "\"}")));
            Map<String, Object> result =
                    new LinkedHashMap<>(Message.of("tool", "sunny " + i).fields());
            result.put("tool_call_id", "other-" + i);
            result.put("name", "get_weather");
            messages.add(new Message(result));
        }
        Map<String, Object> caller =
                new LinkedHashMap<>(Message.of("assistant", "").fields());
        caller.put("tool_calls", written);
        messages.addFirst(new Message(caller));
        messages.addFirst(Message.of("user", "Weather?"));
        return messages;
    }

    private static String render(ChatTemplate template, List<Message> messages, List<Map<String, Object>> tools) {
        ToolPrompt prompt = ToolTemplate.of(template).prompt(messages, tools);
        return template.render(prompt.messages(), prompt.tools(), true).text();
    }

    private static ChatTemplate chat(String source) {
        return ChatTemplate.of(
                source, new SpecialTokens(null, null, null, null, Map.of()), () -> LocalDateTime.of(2026, 1, 2, 3, 4));
    }

    private static List<Message> messages(JsonNode each) {
        List<Map<String, Object>> fields = JSON.convertValue(each.path("messages"), new TypeReference<>() {});
        return fields.stream().map(Message::new).toList();
    }

    private static ChatTemplate template(JsonNode suite) {
        Map<String, String> tokens = JSON.convertValue(suite.path("special_tokens"), new TypeReference<>() {});
        LocalDateTime now = LocalDateTime.parse(suite.path("now").asText());
        return ChatTemplate.of(
                suite.path("template").asText(),
                new SpecialTokens(tokens.get("bos_token"), tokens.get("eos_token"), null, null, tokens),
                () -> now);
    }

    private static JsonNode suite(String name) throws IOException {
        Path folder = SharedFolder.find("templates").orElse(null);
        assumeTrue(folder != null, "../shared/templates is absent");
        return JSON.readTree(folder.resolve(name + ".json").toFile());
    }
}

package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StructuredOutputTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonObjectSchema PERSON = JsonObjectSchema.builder()
            .addStringProperty("name")
            .addProperty(
                    "ages",
                    JsonArraySchema.builder().items(new JsonIntegerSchema()).build())
            .addEnumProperty("state", List.of("SINGLE", "MARRIED"))
            .required("name", "ages", "state")
            .build();
    private static final ToolSpecification PROCESS =
            ToolSpecification.builder().name("process").parameters(PERSON).build();
    private static final ToolSpecification TIME =
            ToolSpecification.builder().name("time").build();
    private static final int SEEDS = 20;

    private final IftEngine guessing =
            IftEngine.of(ScriptedModel.guessing().textModel(Optional.of(ScriptedModel.TEMPLATE)));

    record Person(String name, List<Integer> ages) {}

    interface Extractor {
        Person extract(String text);
    }

    @Test
    void aModelThatOnlyGuessesFillsASchema() throws Exception {
        for (long seed = 0; seed < SEEDS; seed++) {
            ChatResponse response = chat(guessing, guess(seed).responseFormat(format(PERSON)));

            JsonNode person = JSON.readTree(response.aiMessage().text());
            assertThat(person.path("name").isTextual()).isTrue();
            assertThat(person.path("ages")).allMatch(JsonNode::isIntegralNumber);
            assertThat(person.path("state").asText()).isIn("SINGLE", "MARRIED");
            assertThat(response.aiMessage().hasToolExecutionRequests()).isFalse();
        }
    }

    @Test
    void withoutASchemaItWritesAnObject() throws Exception {
        for (long seed = 0; seed < SEEDS; seed++) {
            String text = chat(guessing, guess(seed).responseFormat(ResponseFormat.JSON))
                    .aiMessage()
                    .text();

            assertThat(JSON.readTree(text).isObject()).isTrue();
        }
    }

    @Test
    void withoutAFormatItDoesNot() {
        assertThatExceptionOfType(com.fasterxml.jackson.core.JacksonException.class)
                .isThrownBy(
                        () -> JSON.readTree(chat(guessing, guess(1)).aiMessage().text()));
    }

    @Test
    void anAssistantGetsItsRecord() {
        assertThat(IftChatModel.builder().engine(guessing).build().supportedCapabilities())
                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        Extractor extractor = AiServices.create(
                Extractor.class,
                IftChatModel.builder()
                        .engine(ScriptedModel.engine("{\"name\": \"Klaus\", \"ages\": [37, 38]}"))
                        .build());

        assertThat(extractor.extract("Klaus")).isEqualTo(new Person("Klaus", List.of(37, 38)));
    }

    @Test
    void theModelIsToldTheSchemaInItsSystemMessage() {
        List<String> prompts = new ArrayList<>();
        IftEngine engine = ScriptedModel.answering(prompt -> {
                    prompts.add(prompt);
                    return "{}";
                })
                .engine();
        JsonObjectSchema city =
                JsonObjectSchema.builder().addStringProperty("city").build();

        chat(
                engine,
                ChatRequest.builder()
                        .messages(SystemMessage.from("Be brief."), UserMessage.from("?"))
                        .responseFormat(format(city)));
        chat(engine, request().responseFormat(ResponseFormat.JSON));

        assertThat(prompts)
                .containsExactly(
                        "<|system|>Be brief.\n\nAnswer only with JSON that this JSON schema accepts:\n"
                                + "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}"
                                + "<|end|><|user|>?<|end|><|assistant|>",
                        "<|system|>Answer only with JSON, one object.<|end|><|user|>?<|end|><|assistant|>");
    }

    @ParameterizedTest
    @ValueSource(strings = {ScriptedModel.TEMPLATE, ToolCallingTest.TEMPLATE})
    void aRequiredCallIsACallThatFitsTheSchemaOfItsTool(String template) throws Exception {
        IftEngine engine = IftEngine.of(ScriptedModel.guessing().textModel(Optional.of(template)));
        for (long seed = 0; seed < SEEDS; seed++) {
            ChatResponse response =
                    chat(engine, guess(seed).toolSpecifications(PROCESS, TIME).toolChoice(ToolChoice.REQUIRED));

            List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
            assertThat(response.aiMessage().text()).isNull();
            assertThat(calls).isNotEmpty();
            for (ToolExecutionRequest call : calls) {
                JsonNode arguments = JSON.readTree(call.arguments());
                assertThat(call.name()).isIn("process", "time");
                assertThat(arguments.isObject()).isTrue();
                if (call.name().equals("process")) {
                    assertThat(arguments.path("state").asText()).isIn("SINGLE", "MARRIED");
                }
            }
        }
    }

    @Test
    void aCallThatHasBegunNamesAToolOnOffer() {
        IftEngine engine = IftEngine.of(
                ScriptedModel.answering(prompt -> "Hm. <tool_call>{\"name\": \"tame\", \"arguments\": {}}</tool_call>")
                        .textModel(Optional.of(ToolCallingTest.TEMPLATE)));

        ChatResponse response = chat(engine, request().toolSpecifications(TIME));

        assertThat(response.aiMessage().text()).isEqualTo("Hm.");
        assertThat(response.aiMessage().toolExecutionRequests())
                .singleElement()
                .satisfies(call -> assertThat(call.name()).isEqualTo("time"));
        assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    }

    @Test
    void toolsAndASchemaAllowEither() {
        for (String answer : List.of(
                "{\"name\": \"time\", \"arguments\": {}}", "{\"name\":\"Ann\",\"ages\":[],\"state\":\"SINGLE\"}")) {
            ChatResponse response = chat(
                    ScriptedModel.engine(answer),
                    request().toolSpecifications(TIME).responseFormat(format(PERSON)));

            boolean call = answer.contains("time");
            assertThat(response.aiMessage().hasToolExecutionRequests()).isEqualTo(call);
            assertThat(response.aiMessage().text()).isEqualTo(call ? null : answer);
        }
    }

    @Test
    void anAnswerCanBeGuidedByARegularExpressionOrAChoice() {
        for (long seed = 0; seed < SEEDS; seed++) {
            assertThat(guided(seed, IftChatRequestParameters.builder().guidedRegex("[a-c]{3}-\\d+")))
                    .matches("[a-c]{3}-\\d+");
            assertThat(guided(seed, IftChatRequestParameters.builder().guidedChoice(List.of("yes", "no"))))
                    .isIn("yes", "no");
        }
    }

    private String guided(long seed, IftChatRequestParameters.Builder parameters) {
        ChatRequest.Builder request = ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .parameters(parameters
                        .seed(seed)
                        .temperature(1.0)
                        .maxOutputTokens(100)
                        .build());
        return chat(guessing, request).aiMessage().text();
    }

    @Test
    void demandsThatCannotBeMetAreRefused() {
        assertThat(refusal(request().toolChoice(ToolChoice.REQUIRED)))
                .isEqualTo("ToolChoice.REQUIRED needs at least one tool specification");
        assertThat(refusal(request().responseFormat(format(JsonRawSchema.from("[1")))))
                .contains("raw JSON schema");
        assertThat(refusal(request().responseFormat(format(JsonRawSchema.from("[1]")))))
                .contains("JSON object");
        assertThat(refusal(request().responseFormat(format(JsonRawSchema.from("{\"type\": \"banana\"}")))))
                .startsWith("JSON response format cannot be enforced: ")
                .contains("banana");
        assertThat(refusal(request().responseFormat(format(PERSON)).maxOutputTokens(5)))
                .contains("the shortest answer that the guide allows");
        assertThat(refusal(parameters(IftChatRequestParameters.builder().guidedRegex("(a"))))
                .startsWith("guided output cannot be enforced: ");
        assertThat(refusal(parameters(IftChatRequestParameters.builder().guidedChoice(List.of()))))
                .isEqualTo("guidedChoice needs at least one text");
        assertThat(refusal(parameters(
                        IftChatRequestParameters.builder().guidedRegex("a").guidedChoice(List.of("a")))))
                .contains("only one of");
    }

    private static ChatRequest.Builder parameters(IftChatRequestParameters.Builder parameters) {
        return ChatRequest.builder().messages(UserMessage.from("?")).parameters(parameters.build());
    }

    private String refusal(ChatRequest.Builder request) {
        try {
            chat(guessing, request);
            return "answered";
        } catch (InvalidRequestException e) {
            return e.getMessage();
        }
    }

    private static ResponseFormat format(JsonSchemaElement root) {
        return ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(
                        JsonSchema.builder().name("Answer").rootElement(root).build())
                .build();
    }

    private static ChatRequest.Builder request() {
        return ChatRequest.builder().messages(UserMessage.from("?"));
    }

    private static ChatRequest.Builder guess(long seed) {
        return ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .parameters(IftChatRequestParameters.builder().seed(seed).build())
                .temperature(1.0)
                .maxOutputTokens(200);
    }

    private static ChatResponse chat(IftEngine engine, ChatRequest.Builder request) {
        return IftChatModel.builder().engine(engine).build().chat(request.build());
    }
}

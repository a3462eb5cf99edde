package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ToolCallingTest {
    /** Hermes' format in the marks of the byte tokenizer. */
    static final String TEMPLATE = """
        {%- if tools %}<|system|>{% for t in tools %}{{ t | tojson }}{% endfor %}<|end|>{% endif %}
        {%- for m in messages %}<|{{ m.role }}|>{{ m.content }}
        {%- for c in m.tool_calls %}<tool_call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}</tool_call>
        {%- endfor %}<|end|>{% endfor %}
        {%- if add_generation_prompt %}<|assistant|>{% endif %}{# 'tool' #}\
        """;

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("city", "which")
                    .required("city")
                    .build())
            .build();
    private static final String CALL =
            "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}</tool_call>";

    /** Writes down calls beside texts, in one list. */
    private static final class Recorder extends StreamRecorder {
        final List<String> events = new CopyOnWriteArrayList<>();
        final StringBuffer arguments = new StringBuffer();

        @Override
        public void onPartialToolCall(PartialToolCall call, PartialToolCallContext context) {
            assertThat(context.streamingHandle().isCancelled()).isFalse();
            threads.add(Thread.currentThread());
            events.add("partial " + call.index() + " " + call.name());
            arguments.append(call.partialArguments());
        }

        @Override
        public void onCompleteToolCall(CompleteToolCall call) {
            threads.add(Thread.currentThread());
            events.add("complete " + call.index() + " "
                    + call.toolExecutionRequest().arguments());
        }
    }

    @Test
    void toolsGoIntoTheTemplateAndCallsComeBack() {
        List<String> prompts = new ArrayList<>();
        IftEngine engine = engine(prompt -> {
            prompts.add(prompt);
            return "I look.\n" + CALL + "\n" + CALL;
        });

        ChatResponse response = chat(engine, request().build());

        assertThat(prompts)
                .containsExactly("<|system|>{\"type\": \"function\", \"function\": {\"name\": \"weather\","
                        + " \"description\": \"\", \"parameters\": {\"type\": \"object\", \"properties\":"
                        + " {\"city\": {\"type\": \"string\", \"description\": \"which\"}}, \"required\":"
                        + " [\"city\"]}}}<|end|><|user|>Weather?<|end|><|assistant|>");
        AiMessage message = response.aiMessage();
        assertThat(message.text()).isEqualTo("I look.");
        assertThat(message.toolExecutionRequests())
                .hasSize(2)
                .allSatisfy(call -> assertThat(call.arguments()).isEqualTo("{\"city\": \"Bonn\"}"))
                .allSatisfy(call -> assertThat(call.name()).isEqualTo("weather"))
                .extracting(ToolExecutionRequest::id)
                .doesNotHaveDuplicates();
        assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    }

    @Test
    void onlyCallsAreNoText() {
        assertThat(chat(engine(prompt -> CALL), request().build()).aiMessage().text())
                .isNull();
    }

    @Test
    void callsAndResultsAreWrittenBackInTheFormatOfTheTemplate() {
        List<String> prompts = new ArrayList<>();
        IftEngine engine = engine(prompt -> {
            prompts.add(prompt);
            return "sunny";
        });
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .id("1")
                .name("weather")
                .arguments("{\"city\":\"Bonn\"}")
                .build();

        ChatResponse response = chat(
                engine,
                request()
                        .messages(
                                UserMessage.from("Weather?"),
                                AiMessage.from(call),
                                ToolExecutionResultMessage.from(call, "sun"))
                        .build());

        assertThat(prompts.getFirst())
                .endsWith("<|user|>Weather?<|end|><|assistant|>" + CALL + "<|end|><|tool|>sun<|end|><|assistant|>");
        assertThat(response.aiMessage()).isEqualTo(AiMessage.from("sunny"));
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void aStreamTellsOfTextThenPartialThenCompleteCalls() throws Exception {
        Recorder recorder = new Recorder();

        IftStreamingChatModel.builder()
                .engine(engine(prompt -> "Hm. " + CALL))
                .build()
                .chat(request().build(), recorder);
        recorder.await();

        assertThat(recorder.text()).isEqualTo("Hm.");
        assertThat(recorder.arguments).hasToString("{\"city\": \"Bonn\"}");
        assertThat(recorder.events).endsWith("partial 0 weather", "complete 0 {\"city\": \"Bonn\"}");
        assertThat(recorder.events.subList(0, recorder.events.size() - 1)).containsOnly("partial 0 weather");
        assertThat(recorder.errors).isEmpty();
        assertThat(recorder.threads).hasSize(1);
        AiMessage message = recorder.responses.getFirst().aiMessage();
        assertThat(message.toolExecutionRequests()).hasSize(1);
        assertThat(message.text()).isEqualTo("Hm.");
    }

    @Test
    void aCallThatIsCutOffIsText() {
        String call = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}";

        ChatResponse response =
                chat(ScriptedModel.engine(call), request().maxOutputTokens(40).build());

        assertThat(response.aiMessage().hasToolExecutionRequests()).isFalse();
        assertThat(response.aiMessage().text()).isEqualTo(call.substring(0, 40));
        assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aCallThatThereIsNoRoomForDoesNotBegin() {
        ChatResponse response =
                chat(engine(prompt -> CALL), request().maxOutputTokens(40).build());

        assertThat(response.aiMessage().hasToolExecutionRequests()).isFalse();
        assertThat(response.aiMessage().text()).hasSize(40).doesNotContain("<tool_call>");
    }

    @Test
    void forbiddenToolsAreNeitherOfferedNorCalled() {
        List<String> prompts = new ArrayList<>();
        IftEngine engine = engine(prompt -> {
            prompts.add(prompt);
            return CALL;
        });

        ChatResponse response =
                chat(engine, request().toolChoice(ToolChoice.NONE).build());

        assertThat(prompts).containsExactly("<|user|>Weather?<|end|><|assistant|>");
        assertThat(response.aiMessage()).isEqualTo(AiMessage.from(CALL));
    }

    interface Assistant {
        String chat(String text);
    }

    @Test
    void anAssistantCallsJavaMethods() {
        IftEngine engine = engine(prompt -> prompt.contains("<|tool|>22")
                ? "It is 22 degrees."
                : "<tool_call>{\"name\": \"temperature\", \"arguments\": {\"arg0\": \"Bonn\"}}</tool_call>");
        List<String> asked = new ArrayList<>();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(IftChatModel.builder().engine(engine).build())
                .tools(new Object() {
                    @Tool
                    int temperature(String city) {
                        asked.add(city);
                        return 22;
                    }
                })
                .build();

        assertThat(assistant.chat("How warm is it in Bonn?")).isEqualTo("It is 22 degrees.");
        assertThat(asked).containsExactly("Bonn");
    }

    private static IftEngine engine(UnaryOperator<String> script) {
        return IftEngine.of(ScriptedModel.answering(script).textModel(Optional.of(TEMPLATE)));
    }

    private static ChatRequest.Builder request() {
        return ChatRequest.builder().messages(UserMessage.from("Weather?")).toolSpecifications(WEATHER);
    }

    private static ChatResponse chat(IftEngine engine, ChatRequest request) {
        return IftChatModel.builder().engine(engine).build().chat(request);
    }
}

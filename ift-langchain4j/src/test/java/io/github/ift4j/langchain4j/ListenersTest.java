package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ListenersTest {
    private final Recorder listener = new Recorder();

    @Test
    void aListenerSeesTheMergedRequestAndTheResponse() {
        ChatResponse response = blocking(ScriptedModel.NAME).chat(UserMessage.from("hello"));

        listener.requireMergedParameters();
        assertThat(listener.responses).containsExactly(response);
        assertThat(listener.errors).isEmpty();
    }

    @Test
    void aListenerOfAStreamSeesTheMergedRequestAndTheResponse() throws Exception {
        StreamRecorder recorder = new StreamRecorder();

        streaming(ScriptedModel.NAME).chat("hello", recorder);
        recorder.await();

        listener.requireMergedParameters();
        assertThat(listener.responses).isEqualTo(recorder.responses);
        assertThat(listener.errors).isEmpty();
        TokenUsage usage = listener.responses.getFirst().tokenUsage();
        assertThat(usage.totalTokenCount()).isEqualTo(usage.inputTokenCount() + usage.outputTokenCount());
    }

    @Test
    void aListenerSeesTheErrorThatTheCallerSees() {
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> blocking("banana").chat("this message will fail"))
                .satisfies(thrown -> assertThat(listener.errors).containsExactly(thrown));
        assertThat(listener.requests).hasSize(1);
        assertThat(listener.responses).isEmpty();
    }

    @Test
    void aListenerOfAStreamSeesTheErrorThatTheHandlerSees() throws Exception {
        StreamRecorder recorder = new StreamRecorder();

        streaming("banana").chat("this message will fail", recorder);
        recorder.await();

        assertThat(listener.errors).hasSize(1).isEqualTo(recorder.errors);
        assertThat(listener.requests).hasSize(1);
        assertThat(listener.responses).isEmpty();
    }

    @Test
    void aListenerOfAStreamSeesEveryExceptionOfTheHandler() throws Exception {
        StreamRecorder recorder = new StreamRecorder() {
            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                super.onPartialResponse(partial, context);
                throw new IllegalStateException("from user code");
            }
        };

        streaming(ScriptedModel.NAME).chat("hello", recorder);
        recorder.await();

        assertThat(listener.errors).hasSize(recorder.partials.size()).isEqualTo(recorder.errors);
        assertThat(listener.responses).hasSize(1);
    }

    private IftChatModel blocking(String modelName) {
        return IftChatModel.builder()
                .engine(ScriptedModel.engine("Hi there"))
                .modelName(modelName)
                .temperature(0.7)
                .topP(1.0)
                .maxOutputTokens(7)
                .listeners(List.of(listener))
                .build();
    }

    private IftStreamingChatModel streaming(String modelName) {
        return IftStreamingChatModel.builder()
                .engine(ScriptedModel.engine("Hi there"))
                .modelName(modelName)
                .temperature(0.7)
                .topP(1.0)
                .maxOutputTokens(7)
                .listeners(List.of(listener))
                .build();
    }

    private static final class Recorder implements ChatModelListener {
        final List<ChatRequest> requests = new CopyOnWriteArrayList<>();
        final List<ChatResponse> responses = new CopyOnWriteArrayList<>();
        final List<Throwable> errors = new CopyOnWriteArrayList<>();

        @Override
        public void onRequest(ChatModelRequestContext context) {
            requests.add(context.chatRequest());
            context.attributes().put("id", "12345");
        }

        @Override
        public void onResponse(ChatModelResponseContext context) {
            responses.add(context.chatResponse());
            require(context.modelProvider(), context.attributes().get("id"), context.chatRequest());
        }

        @Override
        public void onError(ChatModelErrorContext context) {
            errors.add(context.error());
            require(context.modelProvider(), context.attributes().get("id"), context.chatRequest());
        }

        private void require(ModelProvider provider, Object id, ChatRequest request) {
            assertThat(provider).isEqualTo(ModelProvider.OTHER);
            assertThat(id).isEqualTo("12345");
            assertThat(requests).containsExactly(request);
        }

        void requireMergedParameters() {
            assertThat(requests).hasSize(1);
            assertThat(requests.getFirst().messages()).containsExactly(UserMessage.from("hello"));
            ChatRequestParameters parameters = requests.getFirst().parameters();
            assertThat(parameters.modelName()).isEqualTo(ScriptedModel.NAME);
            assertThat(parameters.temperature()).isEqualTo(0.7);
            assertThat(parameters.topP()).isEqualTo(1.0);
            assertThat(parameters.maxOutputTokens()).isEqualTo(7);
        }
    }
}

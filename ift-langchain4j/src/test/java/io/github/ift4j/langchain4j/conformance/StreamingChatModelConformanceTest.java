package io.github.ift4j.langchain4j.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.atLeastOnce;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.ift4j.langchain4j.IftChatRequestParameters;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.InOrder;

class StreamingChatModelConformanceTest extends AbstractStreamingChatModelIT {
    @Override
    protected List<StreamingChatModel> models() {
        return List.of(createModelWith(IftChatRequestParameters.EMPTY));
    }

    @Override
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return IftStreamingChatModel.builder()
                .engine(ConformanceFixture.engine())
                .defaultRequestParameters(parameters)
                .build();
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return IftChatRequestParameters.builder()
                .seed(1L)
                .maxOutputTokens(maxOutputTokens)
                .build();
    }

    @Override
    protected boolean supportsModelNameParameter() {
        return false;
    }

    /** An engine without adapters has one model, whose name is always allowed. */
    @Override
    @ParameterizedTest
    @MethodSource("models")
    protected void should_fail_if_modelName_is_not_supported(StreamingChatModel model) {
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("What is the capital of Germany?"))
                .modelName("dummy")
                .build();

        assertThatThrownBy(() -> chat(model, request))
                .satisfiesAnyOf(
                        error -> assertThat(error).isInstanceOf(ModelNotFoundException.class),
                        error -> assertThat(error).hasRootCauseInstanceOf(ModelNotFoundException.class));
    }

    @Override
    protected boolean supportsSingleImageInputAsBase64EncodedString() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsPublicURL() {
        return false;
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return IftStreamingChatModel.builder()
                .engine(ConformanceFixture.engine())
                .listeners(List.of(listener))
                .build();
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder inOrder, String id) {
        verifyCall(handler, inOrder, complete(0, id, "getWeather", "{\"city\": \"Munich\"}"));
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder inOrder, String id1, String id2) {
        verifyCall(handler, inOrder, complete(0, id1, "getWeather", "{\"city\": \"Munich\"}"));
        verifyCall(handler, inOrder, complete(1, id2, "getTime", "{\"country\": \"France\"}"));
    }

    private static void verifyCall(StreamingChatResponseHandler handler, InOrder inOrder, CompleteToolCall call) {
        inOrder.verify(handler, atLeastOnce())
                .onPartialToolCall(argThat(partial -> partial.index() == call.index()), any());
        inOrder.verify(handler).onCompleteToolCall(call);
    }
}

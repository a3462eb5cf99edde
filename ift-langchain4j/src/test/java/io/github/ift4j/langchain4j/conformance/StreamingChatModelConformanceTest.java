package io.github.ift4j.langchain4j.conformance;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.atLeastOnce;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.ift4j.langchain4j.IftChatRequestParameters;
import io.github.ift4j.langchain4j.IftChatResponseMetadata;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import java.util.List;
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
    protected String customModelName() {
        return ConformanceFixture.ADAPTER;
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return IftChatResponseMetadata.class;
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

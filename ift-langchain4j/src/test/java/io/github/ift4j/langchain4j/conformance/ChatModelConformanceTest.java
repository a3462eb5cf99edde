package io.github.ift4j.langchain4j.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftChatRequestParameters;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChatModelConformanceTest extends AbstractChatModelIT {
    @Override
    protected List<ChatModel> models() {
        return List.of(createModelWith(IftChatRequestParameters.EMPTY));
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return IftChatModel.builder()
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
    protected void should_fail_if_modelName_is_not_supported(ChatModel model) {
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
}

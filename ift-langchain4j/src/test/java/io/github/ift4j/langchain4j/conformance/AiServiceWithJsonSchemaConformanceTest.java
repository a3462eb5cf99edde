package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import io.github.ift4j.langchain4j.IftChatModel;
import java.util.List;

class AiServiceWithJsonSchemaConformanceTest extends AbstractAiServiceWithJsonSchemaIT {
    @Override
    protected List<ChatModel> models() {
        return List.of(
                IftChatModel.builder().engine(ConformanceFixture.engine()).build());
    }

    @Override
    protected boolean supportsRecursion() {
        return true;
    }
}

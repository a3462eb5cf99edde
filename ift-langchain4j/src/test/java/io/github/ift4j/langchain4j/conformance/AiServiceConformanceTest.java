package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import io.github.ift4j.langchain4j.IftChatModel;
import java.util.List;

class AiServiceConformanceTest extends AbstractAiServiceIT {
    @Override
    protected List<ChatModel> models() {
        return List.of(
                IftChatModel.builder().engine(ConformanceFixture.engine()).build());
    }
}

package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import io.github.ift4j.langchain4j.IftChatResponseMetadata;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import java.util.List;

class StreamingAiServiceConformanceTest extends AbstractStreamingAiServiceIT {
    @Override
    protected List<StreamingChatModel> models() {
        return List.of(IftStreamingChatModel.builder()
                .engine(ConformanceFixture.engine())
                .build());
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return IftChatResponseMetadata.class;
    }
}

package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.github.ift4j.langchain4j.IftChatModel;
import java.util.List;

class ChatModelListenerConformanceTest extends AbstractChatModelListenerIT {
    @Override
    protected ChatModel createModel(ChatModelListener listener) {
        return IftChatModel.builder()
                .engine(ConformanceFixture.engine())
                .temperature(temperature())
                .topP(topP())
                .maxOutputTokens(maxTokens())
                .listeners(List.of(listener))
                .build();
    }

    @Override
    protected String modelName() {
        return ConformanceFixture.engine().modelName();
    }

    @Override
    protected ChatModel createFailingModel(ChatModelListener listener) {
        return IftChatModel.builder()
                .engine(ConformanceFixture.engine())
                .modelName("banana")
                .listeners(List.of(listener))
                .build();
    }

    @Override
    protected Class<? extends Exception> expectedExceptionClass() {
        return ModelNotFoundException.class;
    }
}

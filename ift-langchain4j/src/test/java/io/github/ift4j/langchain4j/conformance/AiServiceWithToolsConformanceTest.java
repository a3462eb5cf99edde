package io.github.ift4j.langchain4j.conformance;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import io.github.ift4j.langchain4j.IftChatModel;
import java.util.List;

class AiServiceWithToolsConformanceTest extends AbstractAiServiceWithToolsIT {
    @Override
    protected List<ChatModel> models() {
        return List.of(
                IftChatModel.builder().engine(ConformanceFixture.engine()).build());
    }

    @Override
    protected boolean supportsRecursion() {
        return true;
    }

    /** The suite's own comes from the network; the content of a picture that is refused does not matter. */
    @Override
    protected Image catImage() {
        return Image.builder().base64Data("iVBORw0KGgo=").mimeType("image/png").build();
    }
}

package io.github.ift4j.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import io.github.ift4j.jlama.text.tools.ToolCall;
import io.github.ift4j.jlama.text.tools.ToolCallListener;
import java.util.ArrayList;
import java.util.List;

/** Keeps an answer's text and calls while it passes them on. */
final class CollectedAnswer implements ToolCallListener {
    private final ToolCallListener listener;
    private final StringBuilder text = new StringBuilder();
    private final List<ToolExecutionRequest> calls = new ArrayList<>();

    CollectedAnswer(ToolCallListener listener) {
        this.listener = listener;
    }

    @Override
    public void onText(String piece) {
        text.append(piece);
        listener.onText(piece);
    }

    @Override
    public void onPartialCall(int index, String id, String name, String arguments) {
        listener.onPartialCall(index, id, name, arguments);
    }

    @Override
    public void onCall(int index, ToolCall call) {
        calls.add(toRequest(call));
        listener.onCall(index, call);
    }

    static ToolExecutionRequest toRequest(ToolCall call) {
        return ToolExecutionRequest.builder()
                .id(call.id())
                .name(call.name())
                .arguments(call.arguments())
                .build();
    }

    /** The message; without a text when there are only calls. */
    AiMessage toMessage() {
        if (calls.isEmpty()) {
            return AiMessage.from(text.toString());
        }
        return text.isEmpty() ? AiMessage.from(calls) : AiMessage.from(text.toString(), calls);
    }
}

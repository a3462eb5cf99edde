package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.TextListener;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.util.List;

/**
 * A chat request that has passed all checks and only has to be answered.
 *
 * @param model who answers
 * @param generation the prompt and how to continue it
 */
record PreparedRequest(TextModel model, GenerationRequest generation) {
    /**
     * Checks and translates a request whose parameters are merged.
     *
     * @throws dev.langchain4j.exception.ModelNotFoundException when it names another model
     * @throws UnsupportedFeatureException when it asks for what these models do not have
     * @throws InvalidRequestException when a value is out of range, the chat template refuses the conversation or the prompt
     *     is too long
     */
    static PreparedRequest of(IftEngine engine, ChatRequest request) {
        TextModel model = engine.named(request.modelName());
        ParameterMapper.requireSupported(request.parameters());
        List<Message> messages = MessageMapper.toMessages(request.messages());
        if (model.text().chatTemplate().isEmpty()) {
            throw new UnsupportedFeatureException("chat is not supported by the model '" + model.name()
                    + "': it has no chat template; give one with IftEngine.builder().chatTemplate(file)");
        }
        GenerationRequest generation = ParameterMapper.apply(request.parameters(), prompt(model, messages));
        return checked(new PreparedRequest(model, generation));
    }

    private static GenerationRequest prompt(TextModel model, List<Message> messages) {
        try {
            return model.chatRequest(messages);
        } catch (TemplateException e) {
            throw new InvalidRequestException("the conversation cannot be written as a prompt: " + e.getMessage(), e);
        }
    }

    private static PreparedRequest checked(PreparedRequest request) {
        try {
            request.model.check(request.generation);
            return request;
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new LangChain4jException(e.getMessage(), e);
        }
    }

    /**
     * Generates on the calling thread.
     *
     * @throws LangChain4jException when the model fails or the answer is broken off
     */
    ChatResponse answer(TextListener listener, Cancellation cancellation) {
        try {
            return ResponseMapper.toResponse(model.name(), model.generate(generation, listener, cancellation));
        } catch (IllegalStateException e) {
            throw new LangChain4jException(e.getMessage(), e);
        }
    }
}

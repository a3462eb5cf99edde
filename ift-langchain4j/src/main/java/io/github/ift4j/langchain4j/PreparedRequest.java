package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.jlama.text.tools.ToolCallListener;
import io.github.ift4j.jlama.text.tools.ToolCallParser;
import io.github.ift4j.jlama.text.tools.ToolPrompt;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A chat request that has passed all checks and only has to be answered.
 *
 * @param model who answers
 * @param generation the prompt and how to continue it
 * @param tools names of the tools on offer, empty when there are none and the answer is nothing but text
 */
record PreparedRequest(TextModel model, GenerationRequest generation, Set<String> tools) {
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
        ChatRequestParameters parameters = request.parameters();
        ParameterMapper.requireSupported(parameters);
        List<Message> messages = MessageMapper.toMessages(request.messages());
        AnswerFormat format = AnswerFormat.of(parameters);
        GenerationRequest generation = ParameterMapper.apply(
                parameters, prompt(model, messages, ToolMapper.toTools(ParameterMapper.tools(parameters)), format));
        return checked(new PreparedRequest(model, generation, format.tools().keySet()));
    }

    private static ToolTemplate template(TextModel model) {
        return model.toolTemplate()
                .orElseThrow(() -> new UnsupportedFeatureException("chat is not supported by the model '" + model.name()
                        + "': it has no chat template; give one with IftEngine.builder().chatTemplate(file)"));
    }

    private static GenerationRequest prompt(
            TextModel model, List<Message> messages, List<Map<String, Object>> tools, AnswerFormat format) {
        ToolTemplate template = template(model);
        List<Message> instructed = format.instruction()
                .map(text -> template.instruct(messages, text))
                .orElse(messages);
        GenerationRequest request = write(model, template.prompt(instructed, tools));
        Optional<Guide> guide = format.guide(model, template);
        if (guide.isPresent() || !tools.isEmpty()) {
            request = request.withShownTokens(model.toolMarks().keySet());
        }
        return guide.map(request::withGuide).orElse(request);
    }

    private static GenerationRequest write(TextModel model, ToolPrompt prompt) {
        try {
            return model.chatRequest(prompt.messages(), prompt.tools());
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
    ChatResponse answer(ToolCallListener listener, Cancellation cancellation) {
        CollectedAnswer answer = new CollectedAnswer(listener);
        try {
            GenerationResult result = tools.isEmpty() ? plain(answer, cancellation) : withTools(answer, cancellation);
            return ResponseMapper.toResponse(model.name(), result, answer.toMessage());
        } catch (IllegalStateException e) {
            throw new LangChain4jException(e.getMessage(), e);
        }
    }

    private GenerationResult plain(CollectedAnswer answer, Cancellation cancellation) {
        GenerationResult result = model.generate(generation, answer::onText, cancellation);
        ResponseMapper.requireWhole(result);
        return result;
    }

    private GenerationResult withTools(CollectedAnswer answer, Cancellation cancellation) {
        ToolCallParser parser = new ToolCallParser(template(model).format(), tools, answer);
        GenerationResult result = model.generate(generation, parser::append, cancellation);
        ResponseMapper.requireWhole(result);
        parser.finish();
        return result;
    }
}

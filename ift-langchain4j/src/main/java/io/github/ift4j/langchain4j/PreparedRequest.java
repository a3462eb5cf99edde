package io.github.ift4j.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.AdapterRegistry.Lease;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.FinishReason;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.TextListener;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.jlama.text.tools.ToolCallListener;
import io.github.ift4j.jlama.text.tools.ToolCallParser;
import io.github.ift4j.jlama.text.tools.ToolPrompt;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A request that has passed all checks and only has to be answered. It holds the version of the model that it was prepared for until
 * then, or until it is closed.
 *
 * @param lease holds who answers
 * @param generation the prompt and how to continue it
 * @param tools names of the tools on offer, empty when there are none and the answer is nothing but text
 * @param timeout how long it may take, if there is a limit
 */
record PreparedRequest(Lease lease, GenerationRequest generation, Set<String> tools, Optional<Duration> timeout)
        implements AutoCloseable {
    /**
     * Checks and translates a chat request whose parameters are merged.
     *
     * @throws dev.langchain4j.exception.ModelNotFoundException when it names another model
     * @throws UnsupportedFeatureException when it asks for what these models do not have
     * @throws InvalidRequestException when a value is out of range, the chat template refuses the conversation or the prompt
     *     is too long
     */
    static PreparedRequest of(IftEngine engine, ChatRequest request) {
        ChatRequestParameters parameters = request.parameters();
        return holding(engine.acquire(parameters), lease -> {
            ParameterMapper.requireSupported(parameters);
            List<Message> messages = MessageMapper.toMessages(request.messages());
            AnswerFormat format = AnswerFormat.of(parameters);
            List<Map<String, Object>> tools = ToolMapper.toTools(ParameterMapper.tools(parameters));
            return of(lease, parameters, prompt(lease.model(), messages, tools, format), format);
        });
    }

    /**
     * A request for the continuation of a plain text.
     *
     * @throws dev.langchain4j.exception.ModelNotFoundException when the parameters name another model
     * @throws InvalidRequestException when a value is out of range or the prompt is too long
     */
    static PreparedRequest of(IftEngine engine, ChatRequestParameters parameters, String prompt) {
        return holding(engine.acquire(parameters), lease -> {
            AnswerFormat format = AnswerFormat.ofText(parameters);
            GenerationRequest request =
                    EngineExceptions.mapping(() -> lease.model().textRequest(prompt));
            Optional<Guide> guide = format.contentGuide(lease.model());
            return of(lease, parameters, guide.map(request::withGuide).orElse(request), format);
        });
    }

    private static PreparedRequest of(
            Lease lease, ChatRequestParameters parameters, GenerationRequest prompt, AnswerFormat format) {
        GenerationRequest generation = ParameterMapper.apply(parameters, prompt);
        EngineExceptions.mapping(() -> lease.model().check(generation));
        return new PreparedRequest(lease, generation, format.tools().keySet(), ParameterMapper.timeout(parameters));
    }

    /** Lets go of the model when the request cannot be prepared. */
    private static PreparedRequest holding(Lease lease, Function<Lease, PreparedRequest> preparing) {
        try {
            return preparing.apply(lease);
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
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
            return EngineExceptions.mapping(() -> model.chatRequest(prompt.messages(), prompt.tools()));
        } catch (TemplateException e) {
            throw new InvalidRequestException("the conversation cannot be written as a prompt: " + e.getMessage(), e);
        }
    }

    /** Ends the request; its time begins now. */
    Cancellation newCancellation() {
        return timeout.map(Cancellation::after).orElseGet(Cancellation::new);
    }

    /**
     * Generates on the calling thread and lets go of the model.
     *
     * @throws dev.langchain4j.exception.TimeoutException when the time was up before the answer was complete
     * @throws dev.langchain4j.exception.RateLimitException when too many others wait
     * @throws LangChain4jException when the model fails or the answer is broken off
     */
    ChatResponse answer(ToolCallListener listener, Cancellation cancellation) {
        CollectedAnswer answer = new CollectedAnswer(listener);
        GenerationResult result =
                tools.isEmpty() ? generate(answer::onText, cancellation) : generateCalls(answer, cancellation);
        return ResponseMapper.toResponse(lease.model().version(), result, answer.toMessage());
    }

    private GenerationResult generateCalls(CollectedAnswer answer, Cancellation cancellation) {
        ToolCallParser parser = new ToolCallParser(template(lease.model()).format(), tools, answer);
        GenerationResult result = generate(parser::append, cancellation);
        parser.finish();
        return result;
    }

    /**
     * {@link #answer} as the engine gives it.
     *
     * @throws LangChain4jException when the answer was broken off
     */
    GenerationResult generate(TextListener listener, Cancellation cancellation) {
        try (this) {
            GenerationResult result =
                    EngineExceptions.mapping(() -> lease.model().generate(generation, listener, cancellation));
            if (result.finishReason() == FinishReason.CANCELLED) {
                EngineExceptions.checkTime(cancellation, timeout);
                throw new LangChain4jException(
                        "the answer was broken off: its thread was interrupted or the engine was closed");
            }
            return result;
        }
    }

    /** Lets go of the model; for a request that is not answered. */
    @Override
    public void close() {
        lease.close();
    }
}

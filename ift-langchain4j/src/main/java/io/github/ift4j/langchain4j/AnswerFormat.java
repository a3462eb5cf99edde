package io.github.ift4j.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.generation.guided.ToolGrammar;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a request says about the form of its answer, and how that is enforced.
 *
 * @param content what an answer that is no call has to look like, absent when it is free
 * @param schema the JSON schema that {@code content} enforces, as text; absent where there is none
 * @param json whether {@code content} is JSON
 * @param tools the JSON schema of the arguments by the name of each tool on offer
 * @param callRequired whether the answer has to be calls
 */
record AnswerFormat(
        Optional<Grammar> content,
        Optional<String> schema,
        boolean json,
        Map<String, String> tools,
        boolean callRequired) {
    /**
     * @throws InvalidRequestException when demands exclude each other, a schema is no JSON schema, or a call is demanded without tools
     * @throws UnsupportedFeatureException when a schema has elements that these models do not know
     */
    static AnswerFormat of(ChatRequestParameters parameters) {
        List<Grammar> demands = new ArrayList<>();
        Optional<String> schema = schema(parameters.responseFormat());
        boolean json = isJson(parameters.responseFormat());
        if (json) {
            demands.add(schema.map(Grammar::jsonSchema).orElse(Grammar.jsonObject()));
        }
        if (parameters instanceof IftChatRequestParameters own) {
            Optional.ofNullable(own.guidedRegex()).map(Grammar::regex).ifPresent(demands::add);
            Optional.ofNullable(own.guidedChoice()).map(AnswerFormat::choice).ifPresent(demands::add);
        }
        if (demands.size() > 1) {
            throw new InvalidRequestException(
                    "only one of JSON response format, guidedRegex and guidedChoice can be asked for at a time");
        }
        return new AnswerFormat(
                demands.stream().findFirst(),
                schema,
                json,
                tools(ParameterMapper.tools(parameters)),
                callRequired(parameters));
    }

    /**
     * What a request for the continuation of a plain text says: only {@code guidedRegex} and {@code guidedChoice} have a meaning there.
     *
     * @throws InvalidRequestException when both are given
     * @throws UnsupportedFeatureException when it asks for tools or JSON
     */
    static AnswerFormat ofText(ChatRequestParameters parameters) {
        AnswerFormat format = of(parameters);
        if (format.json || !format.tools.isEmpty()) {
            throw new UnsupportedFeatureException(
                    "tools and JSON response formats are not supported by language models; use a chat model");
        }
        return format;
    }

    private static Grammar choice(List<String> texts) {
        if (texts.isEmpty()) {
            throw new InvalidRequestException("guidedChoice needs at least one text");
        }
        return Grammar.choice(texts);
    }

    private static boolean isJson(ResponseFormat format) {
        return format != null && format.type() == ResponseFormatType.JSON;
    }

    private static Optional<String> schema(ResponseFormat format) {
        return isJson(format) && format.jsonSchema() != null
                ? Optional.of(SchemaMapper.toJson(
                        SchemaMapper.toMap(format.jsonSchema().rootElement())))
                : Optional.empty();
    }

    private static Map<String, String> tools(List<ToolSpecification> specifications) {
        Map<String, String> tools = new LinkedHashMap<>();
        specifications.forEach(tool -> tools.put(tool.name(), SchemaMapper.toJson(ToolMapper.parameters(tool))));
        return tools;
    }

    private static boolean callRequired(ChatRequestParameters parameters) {
        if (parameters.toolChoice() != ToolChoice.REQUIRED) {
            return false;
        }
        if (ParameterMapper.tools(parameters).isEmpty()) {
            throw new InvalidRequestException("ToolChoice.REQUIRED needs at least one tool specification");
        }
        return true;
    }

    /** What the model is told of the form of its answer; empty when there is nothing to tell. */
    Optional<String> instruction() {
        if (!json) {
            return Optional.empty();
        }
        String form =
                schema.map(text -> " that this JSON schema accepts:\n" + text).orElse(", one object.");
        return Optional.of((tools.isEmpty() ? "Answer" : "Call a tool or answer") + " only with JSON" + form);
    }

    /**
     * The guide of the answer, absent when it is free. What cannot be enforced of the arguments of a call that is not required is left
     * to the model.
     *
     * @throws InvalidRequestException when a schema or regular expression is broken or asks for what cannot be enforced
     * @throws UnsupportedFeatureException when the model's tokenizer does not allow guiding
     */
    Optional<Guide> guide(TextModel model, ToolTemplate template) {
        Optional<Grammar> calls = tools.isEmpty()
                ? Optional.empty()
                : Optional.of(ToolGrammar.calls(template.format(), tools, template.allowsSeveralCalls()));
        if (callRequired) {
            return calls.map(grammar -> guide(model, grammar, "ToolChoice.REQUIRED"));
        }
        if (content.isPresent()) {
            Grammar either = calls.map(grammar -> Grammar.anyOf(List.of(content.get(), grammar)))
                    .orElse(content.get());
            return Optional.of(guide(model, either, json ? "JSON response format" : "guided output"));
        }
        return tools.isEmpty() ? Optional.empty() : whileCalling(model, template);
    }

    /** The guide of an answer that cannot be a call, absent when it is free; throws as {@link #guide}. */
    Optional<Guide> contentGuide(TextModel model) {
        return content.map(grammar -> guide(model, grammar, json ? "JSON response format" : "guided output"));
    }

    private Optional<Guide> whileCalling(TextModel model, ToolTemplate template) {
        try {
            return ToolGrammar.textWithCalls(template.format(), tools).map(model::guide);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    private static Guide guide(TextModel model, Grammar grammar, String feature) {
        try {
            return model.guide(grammar);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(feature + " cannot be enforced: " + e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new UnsupportedFeatureException(
                    feature + " is not supported by the model '" + model.name() + "': " + e.getMessage());
        }
    }
}

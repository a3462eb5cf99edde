package io.github.ift4j.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** LangChain4j's tools as the JSON objects that chat templates read. */
final class ToolMapper {
    private static final JsonObjectSchema NO_PARAMETERS =
            JsonObjectSchema.builder().build();

    private ToolMapper() {}

    static List<Map<String, Object>> toTools(List<ToolSpecification> specifications) {
        return specifications.stream().map(ToolMapper::toTool).toList();
    }

    /** Templates take for granted that there are a description and parameters. */
    private static Map<String, Object> toTool(ToolSpecification specification) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", specification.name());
        function.put("description", Objects.requireNonNullElse(specification.description(), ""));
        function.put("parameters", parameters(specification));
        Map<String, Object> tool = new LinkedHashMap<>();
        tool.put("type", "function");
        tool.put("function", function);
        return tool;
    }

    /** The schema of a tool's arguments. */
    static Map<String, Object> parameters(ToolSpecification specification) {
        return SchemaMapper.toMap(Objects.requireNonNullElse(specification.parameters(), NO_PARAMETERS));
    }
}

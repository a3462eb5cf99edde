package io.github.ift4j.jlama.text.tools;

import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model writes calls: {@code opening call (separator call)* closing}, each call a JSON object with the tool's name and
 * arguments. {@link ToolCallParser} reads more than that, as models do not keep to the letter.
 */
public enum ToolCallFormat {
    /** Hermes, Qwen and many others: {@code <tool_call>{"name": …, "arguments": …}</tool_call>} for each call. */
    HERMES(
            "<tool_call>\n",
            "\n</tool_call>\n<tool_call>\n",
            "\n</tool_call>",
            "arguments",
            List.of("<tool_call>"),
            "</tool_call>"),
    /** Llama 3: {@code {"name": …, "parameters": …}} as the whole answer, or after {@code <|python_tag|>}; several with ';' between. */
    LLAMA("", "; ", "", "parameters", List.of("<|python_tag|>"), ""),
    /** Mistral: {@code [TOOL_CALLS][{"name": …, "arguments": …}]}; newer models write {@code [TOOL_CALLS]name[ARGS]{…}} for each call. */
    MISTRAL("[TOOL_CALLS][", ", ", "]", "arguments", List.of("[TOOL_CALLS]"), ""),
    /** Granite: {@code <|tool_call|>[{"name": …, "arguments": …}]}; later ones write {@code <tool_call>}. */
    GRANITE("<|tool_call|>[", ", ", "]", "arguments", List.of("<|tool_call|>", "<tool_call>"), ""),
    /** Where the template knows no tools: {@code {"name": …, "arguments": …}} as the whole answer, as {@link ToolTemplate} asks for. */
    PLAIN("", "\n", "", "arguments", List.of("<tool_call>"), "</tool_call>");

    private static final List<String> WITHIN = List.of("[ARGS]", "[CALL_ID]");

    private final String opening;
    private final String separator;
    private final String closing;
    private final String argumentsKey;
    private final List<String> openers;
    private final String closer;

    ToolCallFormat(
            String opening,
            String separator,
            String closing,
            String argumentsKey,
            List<String> openers,
            String closer) {
        this.opening = opening;
        this.separator = separator;
        this.closing = closing;
        this.argumentsKey = argumentsKey;
        this.openers = openers;
        this.closer = closer;
    }

    /** The format that a template writes calls in, by the marks in its source. */
    public static ToolCallFormat of(ChatTemplate template) {
        String source = template.toolSource();
        if (source.contains("[TOOL_CALLS]")) {
            return MISTRAL;
        }
        if (source.contains("<|tool_call|>")) {
            return GRANITE;
        }
        if (source.contains("<tool_call>")) {
            return HERMES;
        }
        if (source.contains("<|python_tag|>") || (source.contains("ipython") && source.contains("parameters"))) {
            return LLAMA;
        }
        return PLAIN;
    }

    /** What stands before the first call. */
    public String opening() {
        return opening;
    }

    /** What stands between two calls. */
    public String separator() {
        return separator;
    }

    /** What stands after the last call. */
    public String closing() {
        return closing;
    }

    /** What a call begins with: all up to its arguments. */
    public String callStart(String name) {
        return "{\"name\": " + ToolJson.write(name) + ", \"" + argumentsKey + "\": ";
    }

    /** What a call ends with, after its arguments. */
    public String callEnd() {
        return "}";
    }

    /** The mark that begins a call wherever it stands in an answer; empty where an answer that calls is nothing but calls. */
    public Optional<String> mark() {
        return isBare() ? Optional.empty() : Optional.of(openers.getFirst());
    }

    /** Marks that begin a call wherever they stand in an answer. */
    List<String> openers() {
        return openers;
    }

    /** The mark that ends a call; empty where there is none. */
    String closer() {
        return closer;
    }

    /** Whether an answer that begins as a JSON object or array may be calls. */
    boolean isBare() {
        return opening.isEmpty();
    }

    /** Whether the name may stand before the arguments instead of within an object. */
    boolean isNamed() {
        return this == MISTRAL;
    }

    /** Those marks that are special tokens, which an answer's text would leave out: text by id. */
    public Map<Integer, String> specialTokens(Tokenizer tokenizer) {
        Map<Integer, String> special = new LinkedHashMap<>();
        for (List<String> marks : List.of(openers, List.of(closer), WITHIN)) {
            for (String mark : marks) {
                OptionalInt id = tokenizer.idOf(mark);
                if (id.isPresent() && tokenizer.isSpecial(id.getAsInt())) {
                    special.put(id.getAsInt(), mark);
                }
            }
        }
        return special;
    }
}

package io.github.ift4j.jlama.generation.guided;

import io.github.ift4j.jlama.text.tools.ToolCallFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Grammars of tool calls in the format of a model, with arguments as the tools' schemas demand. */
public final class ToolGrammar {
    private static final Grammar LINE_BREAK = Grammar.optional(Grammar.literal("\n"));

    private ToolGrammar() {}

    /**
     * One call or more, and nothing else.
     *
     * @param tools the JSON schema of the arguments by the tool's name, at least one
     * @param several whether there may be more than one
     */
    public static Grammar calls(ToolCallFormat format, Map<String, String> tools, boolean several) {
        return Grammar.sequence(
                Grammar.literal(format.opening()),
                Grammar.repeated(
                        call(format, tools), Grammar.literal(format.separator()), 1, several ? Grammar.UNBOUNDED : 1),
                Grammar.literal(format.closing()));
    }

    /**
     * Free text in which every call that begins is a call of one of the tools; absent for formats whose calls do not begin with a mark
     * and end with another.
     *
     * @param tools the JSON schema of the arguments by the tool's name, at least one
     */
    public static Optional<Grammar> textWithCalls(ToolCallFormat format, Map<String, String> tools) {
        if (format != ToolCallFormat.HERMES) {
            return Optional.empty();
        }
        return format.mark()
                .map(mark -> Grammar.afterEachTrigger(
                        mark,
                        Grammar.sequence(
                                LINE_BREAK,
                                call(format, tools),
                                LINE_BREAK,
                                Grammar.literal(format.closing().strip()))));
    }

    private static Grammar call(ToolCallFormat format, Map<String, String> tools) {
        List<Grammar> calls = tools.entrySet().stream()
                .map(tool -> Grammar.sequence(
                        Grammar.literal(format.callStart(tool.getKey())),
                        Grammar.jsonSchema(tool.getValue()),
                        Grammar.literal(format.callEnd())))
                .toList();
        return Grammar.anyOf(calls);
    }
}

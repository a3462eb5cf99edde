package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What ends an answer.
 *
 * @param tokens ids: {@code eos_token_id} of config.json and generation_config.json, the tokenizer's EOS, and the special token
 *     that the chat template writes after what the assistant says
 * @param strings where the template writes plain text after what the assistant says instead of a special token, that text;
 *     else empty
 */
public record EndOfTurn(Set<Integer> tokens, List<String> strings) {
    private static final String SAID = "\uE000said\uE001";
    private static final Message QUESTION = Message.of("user", "Hi");
    private static final Message ANSWER = Message.of("assistant", SAID);
    private static final Map<String, Object> TOOL = Map.of(
            "type",
            "function",
            "function",
            Map.of("name", "f", "description", "d", "parameters", Map.of("type", "object", "properties", Map.of())));

    public EndOfTurn {
        tokens = Set.copyOf(tokens);
        strings = List.copyOf(strings);
    }

    /**
     * Reads the configuration of a model directory and tries the template.
     *
     * @throws CheckpointException when a configuration is broken
     */
    static EndOfTurn of(Path directory, Tokenizer tokenizer, Optional<ChatTemplate> template) {
        Set<Integer> tokens = new TreeSet<>();
        addConfigured(directory.resolve("config.json"), tokens);
        addConfigured(directory.resolve("generation_config.json"), tokens);
        if (tokenizer.specialTokens().eos() != null) {
            tokenizer.idOf(tokenizer.specialTokens().eos()).ifPresent(tokens::add);
        }
        String after = template.map(EndOfTurn::textAfterAnswer).orElse("");
        WrittenTokens written = new WrittenTokens(tokenizer, after, tokenizer.encodeWithOffsets(after, false));
        for (int t = 0; t < written.length(); t++) {
            if (written.isWhole(t) && (tokens.contains(written.id(t)) || written.isSpecial(t))) {
                tokens.add(written.id(t));
                return new EndOfTurn(tokens, List.of());
            }
        }
        String text = after.strip();
        return new EndOfTurn(tokens, text.isEmpty() ? List.of() : List.of(text));
    }

    private static void addConfigured(Path file, Set<Integer> tokens) {
        JsonFile.readIfPresent(file, TokenizerConfig.MAX_BYTES).ifPresent(config -> {
            JsonNode eos = config.path("eos_token_id");
            for (JsonNode id : eos.isArray() ? eos : List.of(eos)) {
                if (id.isInt() && id.intValue() >= 0) {
                    tokens.add(id.intValue());
                } else if (!id.isMissingNode() && !id.isNull()) {
                    throw new CheckpointException("%s: eos_token_id must be an id, a list of ids or null, not %s"
                            .formatted(file, TokenizerFile.shortened(eos.toString())));
                }
            }
        });
    }

    /** What the template writes after the answer that ends a conversation, as far as it also writes it within one. */
    private static String textAfterAnswer(ChatTemplate template) {
        Optional<String> last = after(template, List.of(QUESTION, ANSWER));
        Optional<String> within = after(template, List.of(QUESTION, ANSWER, QUESTION));
        if (last.isEmpty() || within.isEmpty()) {
            return last.orElse("");
        }
        String common = TextSearch.commonPrefix(last.get(), within.get());
        return common.length() == last.get().length() ? common : common.substring(0, lastBreak(common));
    }

    /** The text may agree a little further by chance: with the first char of what comes next. */
    private static int lastBreak(String text) {
        int end = text.length();
        while (end > 0 && !Character.isWhitespace(text.charAt(end - 1)) && text.charAt(end - 1) != '>') {
            end--;
        }
        return end;
    }

    /** Empty when the template refuses the conversation with and without a tool. */
    private static Optional<String> after(ChatTemplate template, List<Message> messages) {
        for (List<Map<String, Object>> tools : List.of(List.<Map<String, Object>>of(), List.of(TOOL))) {
            try {
                String text = template.render(messages, tools, false).text();
                int at = text.lastIndexOf(SAID);
                if (at >= 0) {
                    return Optional.of(text.substring(at + SAID.length()));
                }
            } catch (TemplateException e) {
                continue;
            }
        }
        return Optional.empty();
    }
}

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
        Optional<Closing> closing = template.flatMap(EndOfTurn::closing);
        if (closing.isEmpty()) {
            return new EndOfTurn(tokens, List.of());
        }
        // The whole text counts: beside other text a special token may be no token at all.
        String text = closing.get().text();
        WrittenTokens written = new WrittenTokens(tokenizer, text, tokenizer.encodeWithOffsets(text, false));
        for (int t = 0; t < written.length(); t++) {
            if (written.isWhole(t)
                    && written.start(t) >= closing.get().start()
                    && written.end(t) <= closing.get().end()
                    && (tokens.contains(written.id(t)) || written.isSpecial(t))) {
                tokens.add(written.id(t));
                return new EndOfTurn(tokens, List.of());
            }
        }
        String plain =
                text.substring(closing.get().start(), closing.get().end()).strip();
        return new EndOfTurn(tokens, plain.isEmpty() ? List.of() : List.of(plain));
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

    /**
     * What a template writes after the answer that ends a conversation, as far as it also writes it within one.
     *
     * @param text the conversation
     * @param start where the answer ends
     * @param end where what follows it ends
     */
    private record Closing(String text, int start, int end) {}

    private static Optional<Closing> closing(ChatTemplate template) {
        return conversation(template, List.of(QUESTION, ANSWER)).map(text -> {
            int start = text.lastIndexOf(SAID) + SAID.length();
            String last = text.substring(start);
            String common = conversation(template, List.of(QUESTION, ANSWER, QUESTION))
                    .map(within -> within.substring(within.lastIndexOf(SAID) + SAID.length()))
                    .map(within -> TextSearch.commonPrefix(last, within))
                    .orElse(last);
            int length = common.length() == last.length() ? common.length() : lastBreak(common);
            return new Closing(text, start, start + length);
        });
    }

    /** The text may agree a little further by chance: with the first char of what comes next. */
    private static int lastBreak(String text) {
        int end = text.length();
        while (end > 0 && !Character.isWhitespace(text.charAt(end - 1)) && text.charAt(end - 1) != '>') {
            end--;
        }
        return end;
    }

    /** Empty when the template refuses the conversation, or leaves the answer out, with and without a tool. */
    private static Optional<String> conversation(ChatTemplate template, List<Message> messages) {
        for (List<Map<String, Object>> tools : List.of(List.<Map<String, Object>>of(), List.of(TOOL))) {
            try {
                String text = template.render(messages, tools, false).text();
                if (text.contains(SAID)) {
                    return Optional.of(text);
                }
            } catch (TemplateException e) {
                continue;
            }
        }
        return Optional.empty();
    }
}

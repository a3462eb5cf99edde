package io.github.ift4j.jlama.text;

import io.github.ift4j.core.data.DataException;
import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord;
import io.github.ift4j.jlama.text.AssistantTurns.Turn;
import io.github.ift4j.jlama.text.jinja.Rendering;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import io.github.ift4j.jlama.text.jinja.TextSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Turns training records into tokens and labels.
 *
 * <p>A conversation is written by the chat template and tokenised once, without the tokenizer's own BOS and EOS. Labels cover
 * what the assistant says, from the end of the generation prompt up to and including the end-of-turn token, in every turn;
 * where the template has {@code {% generation %}} marks, they cover what is marked. They are found by char offsets in the
 * written text. What the assistant says in the given messages of a conversation has no label. A completion is a conversation of two messages where there is a template and {@code raw} is off. Raw
 * completions and plain text get what the tokenizer's post-processor adds, and EOS once at the end, which is learned.
 *
 * <p>Thread-safe.
 */
public final class ConversationEncoder implements Encoder {
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final EndOfTurn endOfTurn;
    private final boolean raw;
    private final String usualHeader;

    /** @param raw whether completions are taken as they are in spite of a template */
    ConversationEncoder(Tokenizer tokenizer, Optional<ChatTemplate> template, EndOfTurn endOfTurn, boolean raw) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.endOfTurn = endOfTurn;
        this.raw = raw;
        this.usualHeader = template.map(AssistantTurns::usualHeader).orElse("");
    }

    @Override
    public Sequence encode(TrainingRecord.Demonstration record) {
        return encodeText(record).sequence();
    }

    /**
     * The whole record, not truncated, with the text that was tokenised.
     *
     * @throws DataException when the record cannot be encoded; the message names its origin
     */
    public EncodedText encodeText(TrainingRecord.Demonstration record) {
        return switch (record) {
            case TrainingRecord.Conversation conversation -> conversation(conversation);
            case TrainingRecord.Completion completion ->
                template.isPresent() && !raw
                        ? conversation(new TrainingRecord.Conversation(
                                List.of(
                                        Message.of("user", completion.prompt()),
                                        Message.of("assistant", completion.completion())),
                                List.of(),
                                completion.origin()))
                        : plain(completion.prompt(), completion.completion(), completion.origin());
            case TrainingRecord.Text text -> plain("", text.text(), text.origin());
            case TrainingRecord.Tokens tokens -> new EncodedText("", tokens.sequence());
        };
    }

    private EncodedText conversation(TrainingRecord.Conversation conversation) {
        List<Message> messages = conversation.messages();
        String origin = conversation.origin();
        ChatTemplate chat = template.orElseThrow(() -> new DataException(origin
                + ": field 'messages' needs a chat template, and the model has none; give one by --chat-template"));
        try {
            Rendering rendering = chat.render(messages, conversation.tools(), false);
            String text = WellFormed.of(rendering.text());
            Encoding encoding = tokenizer.encodeWithOffsets(text, false);
            boolean answers = messages.subList(conversation.given(), messages.size()).stream()
                    .anyMatch(AssistantTurns::isAssistant);
            List<TextSpan> spans = !rendering.generations().isEmpty()
                    ? marked(chat, conversation, rendering.generations())
                    : answers ? said(chat, conversation, text, encoding) : List.of();
            EncodedText encoded = new EncodedText(text, sequence(encoding, spans, origin));
            if (answers && encoded.sequence().firstLabel() == encoding.length()) {
                throw new DataException(origin + ": the chat template writes nothing of what the assistant says,"
                        + " or not where it can be found; mark it by {% generation %} in the template");
            }
            return encoded;
        } catch (TemplateException e) {
            throw new DataException(origin + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new DataException("%s: field 'messages': %s".formatted(origin, e.getMessage()), e);
        }
    }

    /** The marked spans after those that the given messages have of their own. */
    private static List<TextSpan> marked(
            ChatTemplate chat, TrainingRecord.Conversation conversation, List<TextSpan> generations) {
        if (conversation.given() == 0) {
            return generations;
        }
        int before = chat.render(conversation.messages().subList(0, conversation.given()), conversation.tools(), false)
                .generations()
                .size();
        return generations.subList(Math.min(before, generations.size()), generations.size());
    }

    private List<TextSpan> said(
            ChatTemplate chat, TrainingRecord.Conversation conversation, String text, Encoding encoding) {
        WrittenTokens written = new WrittenTokens(tokenizer, text, encoding);
        List<TextSpan> spans = new ArrayList<>();
        for (Turn turn : AssistantTurns.find(chat, conversation.messages(), conversation.tools(), text, usualHeader)) {
            if (turn.message() >= conversation.given()) {
                spans.add(new TextSpan(turn.start(), Math.max(turn.end(), endOf(turn, text, written))));
            }
        }
        return spans;
    }

    /** Where the turn ends, its end-of-turn token included. */
    private int endOf(Turn turn, String text, WrittenTokens written) {
        int closed = turn.closing() == null
                ? turn.end()
                : turn.end() + turn.closing().length();
        OptionalInt special = OptionalInt.empty();
        for (int t = 0; t < written.length(); t++) {
            if (written.encoding().ends()[t] <= turn.end() || !written.isWhole(t)) {
                continue;
            }
            int start = written.start(t);
            int end = written.end(t);
            if (start < turn.end()) {
                continue;
            }
            if (end > turn.limit()) {
                break;
            }
            boolean directly = text.substring(turn.end(), start).isBlank();
            boolean stop = endOfTurn.tokens().contains(written.id(t));
            if (stop && (directly || end <= closed)) {
                return end;
            }
            if (special.isEmpty() && directly && end <= closed && written.isSpecial(t)) {
                special = OptionalInt.of(end);
            }
        }
        return special.orElseGet(() -> endOfText(turn, text));
    }

    /** Where a template closes the turn with text that is no token of its own. */
    private int endOfText(Turn turn, String text) {
        int from = turn.end();
        while (from < turn.limit() && Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        for (String string : endOfTurn.strings()) {
            if (text.startsWith(string, from) && from + string.length() <= turn.limit()) {
                return from + string.length();
            }
        }
        return turn.end();
    }

    private Sequence sequence(Encoding encoding, List<TextSpan> spans, String origin) {
        int[] labels = new int[encoding.length()];
        Arrays.fill(labels, Sequence.IGNORE);
        int span = 0;
        for (int t = 0; t < labels.length; t++) {
            while (span < spans.size() && spans.get(span).end() <= encoding.starts()[t]) {
                span++;
            }
            if (span < spans.size() && encoding.ends()[t] > spans.get(span).start()) {
                labels[t] = encoding.ids()[t];
            }
        }
        return nonEmpty(encoding.ids(), labels, origin);
    }

    private EncodedText plain(String prompt, String completion, String origin) {
        String text = WellFormed.of(prompt + completion);
        Encoding encoding = tokenizer.encodeWithOffsets(text, true).withoutDoubledStart();
        int tokens = encoding.length();
        boolean ended = eos().isEmpty() || (tokens > 0 && encoding.ids()[tokens - 1] == eos().getAsInt());
        int[] ids = Arrays.copyOf(encoding.ids(), ended ? tokens : tokens + 1);
        int[] labels = new int[ids.length];
        boolean learned = prompt.isEmpty();
        for (int t = 0; t < ids.length; t++) {
            if (t == tokens) {
                ids[t] = eos().getAsInt();
            }
            learned |= t == tokens || encoding.ends()[t] > prompt.length();
            labels[t] = learned ? ids[t] : Sequence.IGNORE;
        }
        return new EncodedText(text, nonEmpty(ids, labels, origin));
    }

    private OptionalInt eos() {
        String eos = tokenizer.specialTokens().eos();
        if (eos != null && tokenizer.idOf(eos).isPresent()) {
            return tokenizer.idOf(eos);
        }
        return endOfTurn.tokens().stream().mapToInt(Integer::intValue).min();
    }

    private static Sequence nonEmpty(int[] ids, int[] labels, String origin) {
        if (ids.length == 0) {
            throw new DataException(origin + ": the record has no tokens; remove it");
        }
        return new Sequence(ids, labels);
    }
}

package io.github.ift4j.langchain4j.recording;

import io.github.ift4j.core.data.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes out of a text what must not be written. It sees every text, number and key of a message, arguments of tool calls included, but
 * not role, type and ids; and the comment of a rating. Exchanges for which it throws are not recorded.
 *
 * <p>The built-in ones find what has the usual form, no more: they lower the risk and are no proof that nothing personal is left.
 */
@FunctionalInterface
public interface Redaction {
    /** Takes nothing out. */
    Redaction NONE = text -> text;

    /** The text without what must not be written. */
    String redact(String text);

    /** This one first, then the other. */
    default Redaction andThen(Redaction next) {
        return text -> next.redact(redact(text));
    }

    /** E-mail addresses become {@code [email]}. */
    static Redaction email() {
        return replacing(
                Pattern.compile("[\\p{L}\\p{N}._%+'-]{1,64}@[\\p{L}\\p{N}-]{1,63}(?:\\.[\\p{L}\\p{N}-]{1,63}){1,8}"),
                "[email]");
    }

    /**
     * Telephone numbers become {@code [phone]}: 7 to 15 digits (ITU-T E.164), grouped by spaces, dots, hyphens, slashes or brackets, or
     * after a plus. Undivided digits without a plus are left alone, as they may be anything.
     */
    static Redaction phone() {
        Pattern number =
                Pattern.compile("(?<![\\p{L}\\p{N}])(?:\\+|\\(|\\d)[\\d ().\\-/\u00a0]{5,28}\\d(?![\\p{L}\\p{N}])");
        return text -> number.matcher(text).replaceAll(match -> {
            String found = match.group();
            long digits = found.chars().filter(Character::isDigit).count();
            boolean grouped = found.startsWith("+") || digits < found.length();
            boolean date = found.matches("\\d{4}-\\d{2}-\\d{2}.*|\\d{1,2}\\.\\d{1,2}\\.\\d{4}");
            return digits >= 7 && digits <= 15 && grouped && !date ? "[phone]" : quoted(match);
        });
    }

    /** Payment card numbers become {@code [card]}: 13 to 19 digits, possibly grouped, whose check digit is right (ISO/IEC 7812-1, Luhn). */
    static Redaction creditCard() {
        Pattern number = Pattern.compile("(?<!\\d)\\d(?:[ \\-\u00a0]?\\d){12,18}(?!\\d)");
        return text -> number.matcher(text)
                .replaceAll(match -> isLuhn(match.group().replaceAll("\\D", "")) ? "[card]" : quoted(match));
    }

    /** What an expression finds becomes the given text. */
    static Redaction replacing(Pattern pattern, String replacement) {
        return text -> pattern.matcher(text).replaceAll(_ -> Matcher.quoteReplacement(replacement));
    }

    /** Cards, e-mail addresses and telephone numbers. */
    static Redaction common() {
        return creditCard().andThen(email()).andThen(phone());
    }

    private static String quoted(MatchResult match) {
        return Matcher.quoteReplacement(match.group());
    }

    /** Whether the sum of the digits, every second one from the right doubled, is a multiple of ten. */
    private static boolean isLuhn(String digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = Character.digit(digits.charAt(digits.length() - 1 - i), 10);
            int weighted = i % 2 == 0 ? digit : 2 * digit;
            sum += weighted > 9 ? weighted - 9 : weighted;
        }
        return sum % 10 == 0;
    }

    /** Redacts all of a message but its role and the ids and types of tool calls. */
    default Message redact(Message message) {
        return new Message(redactAllBut(Set.of("role", "tool_call_id"), message.fields(), (name, value) -> {
            boolean calls = name.equals("tool_calls") && value instanceof List<?>;
            return calls ? ((List<?>) value).stream().map(this::redactCall).toList() : redactValue(value);
        }));
    }

    private Object redactCall(Object call) {
        return call instanceof Map<?, ?> fields
                ? redactAllBut(Set.of("id", "type"), fields, (_, value) -> redactValue(value))
                : redactValue(call);
    }

    private static Map<String, Object> redactAllBut(
            Set<String> kept, Map<?, ?> fields, BiFunction<String, Object, Object> redaction) {
        Map<String, Object> redacted = new LinkedHashMap<>();
        fields.forEach((key, value) -> {
            String name = String.valueOf(key);
            redacted.put(name, kept.contains(name) ? value : redaction.apply(name, value));
        });
        return redacted;
    }

    private Object redactValue(Object value) {
        return switch (value) {
            case String text -> redact(text);
            case Number number -> {
                String redacted = redact(number.toString());
                yield redacted.equals(number.toString()) ? number : redacted;
            }
            case List<?> list -> list.stream().map(this::redactValue).toList();
            case Map<?, ?> map -> {
                Map<String, Object> redacted = new LinkedHashMap<>();
                map.forEach((key, entry) -> redacted.put(redact(String.valueOf(key)), redactValue(entry)));
                yield redacted;
            }
            case null, default -> value;
        };
    }
}

package io.github.ift4j.jlama.text.tools;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Takes an answer apart into text and calls while it is written. No part of a call is handed out as text. What begins as a call and
 * is none after all becomes text: a broken object, one without a name, one that the end of the answer cuts off; pieces of its
 * arguments, by an id that no other call has, may have been handed out by then. White space between calls is dropped, and what is before or after text is kept.
 *
 * <p>An answer that begins as JSON without a mark counts as a call only if it names a tool on offer and has no other members; after a mark any name counts, as
 * an application can tell the model of its mistake.
 *
 * <p>At most a call of a million chars is held back. Used by one thread at a time.
 */
public final class ToolCallParser {
    private static final int MAX_NAME_CHARS = 256;
    private static final int MAX_HELD_TEXT = 256;

    private enum Place {
        TEXT,
        OPENED,
        NAME,
        CALL,
        AFTER
    }

    private final ToolCallFormat format;
    private final Set<String> tools;
    private final ToolCallListener listener;
    /** What is not handed out: in {@link Place#TEXT} the text's end, else all since the last call ended or its mark began. */
    private final StringBuilder held = new StringBuilder();

    private Place place = Place.TEXT;
    private boolean anyText;
    private boolean marked;
    private boolean inArray;
    private int nameStart;
    private CallScanner scanner;
    private String id;
    private int calls;

    /** @param tools names of the tools on offer */
    public ToolCallParser(ToolCallFormat format, Set<String> tools, ToolCallListener listener) {
        this.format = format;
        this.tools = Set.copyOf(tools);
        this.listener = listener;
    }

    /** Takes the next piece of the answer. */
    public void append(String piece) {
        for (int i = 0; i < piece.length(); i++) {
            accept(piece.charAt(i));
        }
        if (place == Place.TEXT) {
            release();
        } else if (place == Place.CALL && mayBeCall(scanner.streamedName())) {
            handArguments();
        }
    }

    /** The answer ends here. */
    public void finish() {
        if (place == Place.AFTER) {
            held.setLength(0);
        }
        place = Place.TEXT;
        if (calls > 0 && held.toString().isBlank()) {
            held.setLength(0);
        }
        hand(held.length());
    }

    /** Number of calls so far. */
    public int calls() {
        return calls;
    }

    private void accept(char c) {
        held.append(c);
        switch (place) {
            case TEXT -> acceptText(c);
            case OPENED -> acceptOpened(c);
            case NAME -> acceptName(c);
            case CALL -> acceptCall(c);
            case AFTER -> acceptAfter(c);
        }
    }

    private void acceptText(char c) {
        if (format.isBare()
                && !anyText
                && calls == 0
                && (c == '{' || c == '[')
                && held.toString().strip().length() == 1) {
            open(false);
            acceptOpened(c);
            return;
        }
        for (String opener : format.openers()) {
            if (endsWith(opener)) {
                hand(endOfText(held.length() - opener.length()));
                open(true);
                return;
            }
        }
    }

    private void open(boolean withMark) {
        place = Place.OPENED;
        marked = withMark;
        inArray = false;
    }

    private void acceptOpened(char c) {
        if (Character.isWhitespace(c)) {
            return;
        }
        if (c == '{') {
            begin(new CallScanner(!marked));
            acceptCall(c);
        } else if (c == '[' && !inArray) {
            inArray = true;
        } else if (format.isNamed() && marked && !inArray && (Character.isLetterOrDigit(c) || c == '_')) {
            place = Place.NAME;
            nameStart = held.length() - 1;
        } else {
            becomeText();
        }
    }

    private void acceptName(char c) {
        if (c == '{') {
            String header = held.substring(nameStart, held.length() - 1);
            int end = header.indexOf('[');
            begin(new CallScanner((end < 0 ? header : header.substring(0, end)).strip()));
            acceptCall(c);
        } else if (held.length() - nameStart > MAX_NAME_CHARS) {
            becomeText();
        }
    }

    private void begin(CallScanner newScanner) {
        place = Place.CALL;
        scanner = newScanner;
        id = ToolCallIds.next();
    }

    private void acceptCall(char c) {
        switch (scanner.accept(c)) {
            case OPEN -> {}
            case BROKEN -> becomeText();
            case CLOSED -> {
                Optional<ToolCall> call = scanner.call().filter(it -> mayBeCall(it.name()));
                call.ifPresentOrElse(this::complete, this::becomeText);
            }
        }
    }

    private boolean mayBeCall(String name) {
        return name != null && (marked || tools.contains(name));
    }

    private void complete(ToolCall call) {
        if (scanner.streamedName() == null) {
            listener.onPartialCall(calls, id, call.name(), call.arguments());
        } else {
            handArguments();
        }
        listener.onCall(calls, new ToolCall(id, call.name(), call.arguments()));
        calls++;
        held.setLength(0);
        place = Place.AFTER;
    }

    private void handArguments() {
        String part = scanner.takeArguments();
        if (!part.isEmpty()) {
            listener.onPartialCall(calls, id, scanner.streamedName(), part);
        }
    }

    private void acceptAfter(char c) {
        String rest = held.toString().strip();
        if (rest.isEmpty()) {
            return;
        }
        if (inArray && (rest.equals(",") || rest.equals("]"))) {
            inArray = rest.equals(",");
            place = inArray ? Place.OPENED : Place.AFTER;
            held.setLength(0);
        } else if (rest.equals(format.closer()) || (format.isBare() && (rest.equals(";") || rest.equals(",")))) {
            held.setLength(0);
        } else if (format.openers().contains(rest)) {
            open(true);
        } else if (format.isBare() && rest.equals("{")) {
            held.setLength(0);
            held.append(c);
            open(marked);
            acceptOpened(c);
        } else if (Stream.concat(format.openers().stream(), Stream.of(format.closer()))
                .noneMatch(mark -> mark.startsWith(rest))) {
            held.setLength(0);
            held.append(rest);
            becomeText();
        }
    }

    private void becomeText() {
        place = Place.TEXT;
        inArray = false;
        anyText = true;
    }

    /** Hands out text unless its end may turn out to belong to a call. Whole pieces, so that there are no more of them than tokens. */
    private void release() {
        int certain = held.length() - uncertain();
        if (certain == held.length() || certain > MAX_HELD_TEXT) {
            hand(certain);
        }
    }

    private void hand(int length) {
        if (length > 0) {
            String text = held.substring(0, length);
            held.delete(0, length);
            anyText |= !text.isBlank();
            listener.onText(text);
        }
    }

    /** Length of the end that may begin a mark, with the white space before it. */
    private int uncertain() {
        int start = held.length();
        for (String opener : format.openers()) {
            for (int length = Math.min(opener.length() - 1, held.length()); length > 0; length--) {
                if (endsWith(opener.substring(0, length))) {
                    start = Math.min(start, held.length() - length);
                    break;
                }
            }
        }
        return held.length() - endOfText(start);
    }

    /** Where white space before this place starts. */
    private int endOfText(int place) {
        int end = place;
        while (end > 0 && Character.isWhitespace(held.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private boolean endsWith(String end) {
        int at = held.length() - end.length();
        return at >= 0 && held.indexOf(end, at) == at;
    }
}

package io.github.ift4j.samples.web;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import jakarta.servlet.http.HttpSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The chat of one browser. At most one answer is written at a time, and only the latest turns are kept.
 *
 * <p>Thread-safe.
 */
final class ChatSession {
    /** Turns that are kept; what the model reads is bounded further by its context. */
    static final int MAX_TURNS = 100;

    private static final String ATTRIBUTE = ChatSession.class.getName();

    private final String user = UUID.randomUUID().toString();
    private final List<Turn> turns = new ArrayList<>();
    private String conversation = UUID.randomUUID().toString();
    private AnswerStream running;
    private boolean recorded;

    /**
     * A question with its answer.
     *
     * @param id of the answer, by which it is rated
     * @param question what the user wrote
     * @param answer what the model wrote, perhaps broken off
     * @param rating what the user thinks of the answer, if known
     */
    record Turn(String id, String question, String answer, Optional<Boolean> rating) {}

    /** The chat of this browser; a new one where it has none. */
    static ChatSession of(HttpSession session) {
        synchronized (session.getId().intern()) {
            if (session.getAttribute(ATTRIBUTE) instanceof ChatSession known) {
                return known;
            }
            ChatSession created = new ChatSession();
            session.setAttribute(ATTRIBUTE, created);
            return created;
        }
    }

    /** A random name of the browser, which says nothing about who uses it. */
    String user() {
        return user;
    }

    /** A random name of the chat, another after {@link #clear}. */
    synchronized String conversation() {
        return conversation;
    }

    /** Whether the user lets exchanges be recorded. */
    synchronized boolean isRecorded() {
        return recorded;
    }

    synchronized void setRecorded(boolean recorded) {
        this.recorded = recorded;
    }

    /** What was said so far. */
    synchronized List<Turn> turns() {
        return List.copyOf(turns);
    }

    /** What was said so far, as a model reads it. */
    synchronized List<ChatMessage> messages() {
        List<ChatMessage> messages = new ArrayList<>();
        for (Turn turn : turns) {
            messages.add(UserMessage.from(turn.question()));
            messages.add(AiMessage.from(turn.answer()));
        }
        return messages;
    }

    /** Begins an answer, unless one is being written. */
    synchronized boolean begin(AnswerStream answer) {
        if (running != null) {
            return false;
        }
        running = answer;
        return true;
    }

    /** Ends an answer; what it says is kept unless it was never begun or the chat was begun anew meanwhile. */
    synchronized void end(AnswerStream answer, Optional<Turn> turn) {
        if (running != answer) {
            return;
        }
        running = null;
        turn.ifPresent(turns::add);
        if (turns.size() > MAX_TURNS) {
            turns.removeFirst();
        }
    }

    /** The answer that is being written, if one is. */
    synchronized Optional<AnswerStream> running() {
        return Optional.ofNullable(running);
    }

    /** Forgets all that was said. */
    void clear() {
        running().ifPresent(AnswerStream::stop);
        synchronized (this) {
            running = null;
            turns.clear();
            conversation = UUID.randomUUID().toString();
        }
    }

    /** Rates an answer of this chat; false when it has none of that id. */
    synchronized boolean rate(String id, boolean good) {
        for (int i = 0; i < turns.size(); i++) {
            Turn turn = turns.get(i);
            if (turn.id().equals(id)) {
                turns.set(i, new Turn(id, turn.question(), turn.answer(), Optional.of(good)));
                return true;
            }
        }
        return false;
    }
}

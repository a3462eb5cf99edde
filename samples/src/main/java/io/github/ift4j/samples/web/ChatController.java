package io.github.ift4j.samples.web;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** What the chat page asks for. Each browser has a chat of its own, known by a cookie. */
@RestController
@RequestMapping("/api")
final class ChatController {
    private static final Duration LONGEST_ANSWER = Duration.ofMinutes(10);
    /** How long a chat is kept after its last question; the server keeps one without any for its own, shorter time. */
    private static final Duration KEPT = Duration.ofHours(8);

    private final StreamingChatModel model;
    private final PromptWindow window;
    private final Recording recording;
    private final Tuner tuner;

    ChatController(StreamingChatModel model, PromptWindow window, Recording recording, Tuner tuner) {
        this.model = model;
        this.window = window;
        this.recording = recording;
        this.tuner = tuner;
    }

    /** @param text what the user says */
    record Question(String text) {}

    /**
     * @param id of an answer
     * @param good whether it was good
     */
    record Vote(String id, boolean good) {}

    /** @param recorded whether exchanges may be recorded */
    record Consent(boolean recorded) {}

    /**
     * @param recorded whether exchanges are recorded
     * @param turns what was said so far
     */
    record Chat(boolean recorded, List<ChatSession.Turn> turns) {}

    /** What was said so far in this browser. */
    @GetMapping("/chat")
    Chat chat(HttpServletRequest request) {
        return known(request)
                .map(session -> new Chat(session.isRecorded(), session.turns()))
                .orElseGet(() -> new Chat(false, List.of()));
    }

    /** Asks; the answer comes as {@link AnswerStream} says. */
    @PostMapping("/chat")
    ResponseEntity<ResponseBodyEmitter> ask(@RequestBody Question question, HttpServletRequest request) {
        if (question.text() == null || question.text().isBlank()) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "the question is empty");
        }
        ChatSession session = session(request);
        ResponseBodyEmitter emitter = new ResponseBodyEmitter(LONGEST_ANSWER.toMillis());
        AnswerStream answer = new AnswerStream(session, question.text(), emitter);
        if (!session.begin(answer)) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, "an answer is still being written; stop it first");
        }
        request.getSession().setMaxInactiveInterval((int) KEPT.toSeconds());
        start(session, question.text(), answer);
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_NDJSON).body(emitter);
    }

    private void start(ChatSession session, String question, AnswerStream answer) {
        try {
            ChatRequest request = ChatRequest.builder()
                    .messages(window.fit(session.messages(), question))
                    .modelName(tuner.modelName())
                    .build();
            recording.as(session, () -> model.chat(request, answer));
        } catch (RuntimeException e) {
            answer.onError(e);
        }
    }

    /** Stops the answer that is being written. */
    @PostMapping("/stop")
    void stop(HttpServletRequest request) {
        known(request).flatMap(ChatSession::running).ifPresent(AnswerStream::stop);
    }

    /** Begins a new chat. */
    @PostMapping("/new")
    void begin(HttpServletRequest request) {
        known(request).ifPresent(ChatSession::clear);
    }

    /** Rates an answer; what the user lets be recorded, the model may learn from. */
    @PostMapping("/rating")
    void rate(@RequestBody Vote vote, HttpServletRequest request) {
        boolean rated = vote.id() != null
                && known(request)
                        .map(session -> session.rate(vote.id(), vote.good()))
                        .orElse(false);
        if (!rated) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "there is no such answer in this chat");
        }
        recording.rate(vote.id(), vote.good());
    }

    /** Agrees or disagrees to be recorded. */
    @PostMapping("/consent")
    void consent(@RequestBody Consent consent, HttpServletRequest request) {
        Optional<ChatSession> asking = consent.recorded() ? Optional.of(session(request)) : known(request);
        asking.ifPresent(session -> {
            session.setRecorded(consent.recorded());
            recording.consent(session, consent.recorded());
        });
    }

    /** The chat of this browser, if it has one. */
    private static Optional<ChatSession> known(HttpServletRequest request) {
        return Optional.ofNullable(request.getSession(false)).map(ChatSession::of);
    }

    private static ChatSession session(HttpServletRequest request) {
        return ChatSession.of(request.getSession());
    }
}

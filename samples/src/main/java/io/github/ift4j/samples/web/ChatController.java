package io.github.ift4j.samples.web;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
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
        if (request.getSession(false) == null) {
            return new Chat(false, List.of());
        }
        ChatSession session = session(request);
        return new Chat(session.isRecorded(), session.turns());
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
        session(request).running().ifPresent(AnswerStream::stop);
    }

    /** Begins a new chat. */
    @PostMapping("/new")
    void begin(HttpServletRequest request) {
        session(request).clear();
    }

    /** Rates an answer; what the user lets be recorded, the model may learn from. */
    @PostMapping("/rating")
    void rate(@RequestBody Vote vote, HttpServletRequest request) {
        if (vote.id() == null || !session(request).rate(vote.id(), vote.good())) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "there is no such answer in this chat");
        }
        recording.rate(vote.id(), vote.good());
    }

    /** Agrees or disagrees to be recorded. */
    @PostMapping("/consent")
    void consent(@RequestBody Consent consent, HttpServletRequest request) {
        ChatSession session = session(request);
        session.setRecorded(consent.recorded());
        recording.consent(session, consent.recorded());
    }

    private static ChatSession session(HttpServletRequest request) {
        return ChatSession.of(request.getSession());
    }
}

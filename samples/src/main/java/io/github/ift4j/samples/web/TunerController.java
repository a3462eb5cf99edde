package io.github.ift4j.samples.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What the tuner page asks for. Anybody may look, without the texts of others; only this machine may steer. */
@RestController
@RequestMapping("/api/tuner")
final class TunerController {
    private final Tuner tuner;

    TunerController(Tuner tuner) {
        this.tuner = tuner;
    }

    /** @param version number of a version */
    record Choice(int version) {}

    @GetMapping
    TunerState state(HttpServletRequest request) {
        Map<String, String> own = questions(request.getSession(false));
        return tuner.state().withQuestions(id -> own.getOrDefault(id, ""));
    }

    @PostMapping("/tune")
    void tune(HttpServletRequest request) {
        checkLocal(request);
        tuner.tuneNow();
    }

    @PostMapping("/cancel")
    void cancel(HttpServletRequest request) {
        checkLocal(request);
        tuner.cancel();
    }

    @PostMapping("/swap")
    void swap(@RequestBody Choice choice, HttpServletRequest request) {
        checkLocal(request);
        tuner.swap(choice.version());
    }

    @PostMapping("/rollback")
    void rollBack(HttpServletRequest request) {
        checkLocal(request);
        tuner.rollBack();
    }

    private static Map<String, String> questions(HttpSession session) {
        return session == null
                ? Map.of()
                : ChatSession.of(session).turns().stream()
                        .collect(Collectors.toMap(
                                ChatSession.Turn::id, ChatSession.Turn::question, (first, second) -> second));
    }

    private static void checkLocal(HttpServletRequest request) {
        try {
            // An address, which is not looked up.
            if (InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new ResponseStatusException(HttpStatus.FORBIDDEN, "the address of the client is unknown", e);
        }
        throw new ResponseStatusException(HttpStatus.FORBIDDEN, "only the machine itself may steer the tuner");
    }
}

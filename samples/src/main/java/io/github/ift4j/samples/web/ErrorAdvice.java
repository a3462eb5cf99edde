package io.github.ift4j.samples.web;

import io.github.ift4j.langchain4j.tuning.TuningException;
import java.util.Map;
import java.util.Objects;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.server.ResponseStatusException;

/** Errors as {@code {"error": …}}. */
@RestControllerAdvice
final class ErrorAdvice {
    @ExceptionHandler
    ResponseEntity<Map<String, String>> refused(ResponseStatusException e) {
        return ResponseEntity.status(e.getStatusCode())
                .body(Map.of("error", Objects.requireNonNullElse(e.getReason(), "refused")));
    }

    @ExceptionHandler
    ResponseEntity<Map<String, String>> unreadable(HttpMessageNotReadableException e) {
        return ResponseEntity.badRequest().body(Map.of("error", "the request is not the JSON that is expected here"));
    }

    @ExceptionHandler({IllegalStateException.class, TuningException.class})
    ResponseEntity<Map<String, String>> notNow(RuntimeException e) {
        return ResponseEntity.status(409).body(Map.of("error", String.valueOf(e.getMessage())));
    }
}

package io.github.ift4j.samples.web;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the tuner page asks for. */
@RestController
@RequestMapping("/api/tuner")
final class TunerController {
    private final Tuner tuner;

    TunerController(Tuner tuner) {
        this.tuner = tuner;
    }

    /** @param version name of a version */
    record Choice(String version) {}

    @GetMapping
    TunerState state() {
        return tuner.state();
    }

    @PostMapping("/tune")
    void tune() {
        tuner.tuneNow();
    }

    @PostMapping("/swap")
    void swap(@RequestBody Choice choice) {
        tuner.swap(choice.version());
    }

    @PostMapping("/rollback")
    void rollBack() {
        tuner.rollBack();
    }
}

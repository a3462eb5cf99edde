package io.github.ift4j.samples.hello;

import dev.langchain4j.model.chat.ChatModel;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A controller of a Spring Boot application that lets a model answer. */
final class HelloSpring {
    private HelloSpring() {}

    @RestController
    class Assistant {
        private final ChatModel model;

        Assistant(ChatModel model) {
            this.model = model;
        }

        @GetMapping("/ask")
        String ask(@RequestParam("q") String question) {
            return model.chat(question);
        }
    }
}

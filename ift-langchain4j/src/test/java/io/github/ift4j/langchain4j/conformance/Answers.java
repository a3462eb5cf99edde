package io.github.ift4j.langchain4j.conformance;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The right answer to whatever LangChain4j's suites ask, by what stands in the prompt; the first that fits counts. */
final class Answers {
    private static final String ANSWERS = "answers.jsonl";

    private final List<Rule> rules;

    private Answers(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * An answer and when it is right.
     *
     * @param asked is in the last thing that the user said
     * @param results number of tool results since then
     * @param shown is anywhere in the prompt, null for nothing in particular
     * @param json whether JSON is demanded, null where that does not matter
     * @param answer what to say
     */
    private record Rule(
            @JsonProperty("asked") String asked,
            @JsonProperty("results") int results,
            @JsonProperty("shown") String shown,
            @JsonProperty("json") Boolean json,
            @JsonProperty("answer") String answer) {
        boolean fits(String prompt) {
            String said = prompt.substring(prompt.lastIndexOf("<|user|>"));
            int end = said.indexOf("<|end|>");
            return said.substring(0, end).contains(asked)
                    && said.split("<\\|tool\\|>", -1).length - 1 == results
                    && (shown == null || prompt.contains(shown))
                    && (json == null || json == prompt.contains("only with JSON"));
        }
    }

    static Answers load() {
        ObjectMapper mapper = new ObjectMapper();
        try (InputStream in = Answers.class.getResourceAsStream(ANSWERS)) {
            String lines = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Answers(lines.lines().map(line -> read(mapper, line)).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Rule read(ObjectMapper mapper, String line) {
        try {
            return mapper.readValue(line, Rule.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalArgumentException when nothing fits */
    String to(String prompt) {
        return rules.stream()
                .filter(rule -> rule.fits(prompt))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no answer to " + prompt))
                .answer();
    }
}

package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.generation.guided.Grammar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What an answer must look like. */
final class GuideOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--json", description = "The answer is a JSON object.")
    private boolean json;

    @Option(
            names = "--json-schema",
            paramLabel = "FILE",
            description = "The answer is an instance of the JSON schema in that file.")
    private Path schema;

    @Option(names = "--regex", paramLabel = "R", description = "The whole answer matches that regular expression.")
    private String regex;

    @Option(
            names = "--choice",
            paramLabel = "TEXT",
            description = "The answer is that text, or another that is given so.")
    private List<String> choices = List.of();

    /**
     * The request under these options.
     *
     * @throws ParameterException when there are several of them, or one is broken
     */
    GenerationRequest apply(TextModel model, GenerationRequest request) {
        Optional<Grammar> grammar = grammar();
        return Usage.check(
                command, () -> grammar.map(model::guide).map(request::withGuide).orElse(request));
    }

    private Optional<Grammar> grammar() {
        List<Grammar> given = new ArrayList<>();
        if (json) {
            given.add(Grammar.jsonObject());
        }
        if (schema != null) {
            given.add(Grammar.jsonSchema(read(schema)));
        }
        if (regex != null) {
            given.add(Grammar.regex(regex));
        }
        if (!choices.isEmpty()) {
            given.add(Grammar.choice(choices));
        }
        if (given.size() > 1) {
            throw new ParameterException(
                    command.commandLine(), "give one of --json, --json-schema, --regex and --choice only");
        }
        return given.stream().findFirst();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

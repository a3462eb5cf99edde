package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.DataException;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.DatasetReader;
import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.ExampleKind;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which examples, and how long they may be. */
final class DataOptions {
    private static final int MAX_LENGTH = 1024;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            required = true,
            arity = "1..*",
            description =
                    "JSON lines or a JSON array of messages, prompt and completion, instruction and output, text, "
                            + "input_ids and labels, or ShareGPT conversations; with chosen and rejected answers for "
                            + "methods that compare, with a label (true or false) for kto; may be repeated.")
    private List<Path> files;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Longer examples are cut after so many tokens; default: the model's context, at most "
                    + MAX_LENGTH + ".")
    private Integer maxLength;

    /** The data files. */
    List<Path> files() {
        return files;
    }

    /** The answers to be learned in the files. */
    Dataset load(Encoder encoder, DecoderConfig model) {
        return load(ExampleKind.DEMONSTRATION, encoder, model);
    }

    /** The examples of the files, which must be of one kind. */
    Dataset load(ExampleKind kind, Encoder encoder, DecoderConfig model) {
        return load(files, kind, encoder, model);
    }

    /** What the first record of the files shows. */
    ExampleKind kind() {
        return DatasetReader.readAll(List.of(files.getFirst())).getFirst().kind();
    }

    /** The examples of other files, under the same limits. */
    Dataset load(List<Path> others, ExampleKind kind, Encoder encoder, DecoderConfig model) {
        if (maxLength != null && (maxLength < 2 || maxLength > model.contextLength())) {
            throw new ParameterException(
                    command.commandLine(),
                    "--max-length must be between 2 and the model's context of " + model.contextLength() + ", was "
                            + maxLength);
        }
        int longest = maxLength == null ? Math.min(MAX_LENGTH, model.contextLength()) : maxLength;
        return Dataset.load(others, kind, checked(encoder, model.vocabularySize()), longest);
    }

    /** Refuses ids that the model has no embedding for, naming the line, before any training. */
    private static Encoder checked(Encoder encoder, int vocabulary) {
        return record -> {
            Sequence sequence = encoder.encode(record);
            for (int t = 0; t < sequence.length(); t++) {
                check(sequence.inputIds()[t], "input_ids", t, vocabulary, record.origin());
                if (sequence.isLabelled(t)) {
                    check(sequence.labels()[t], "labels", t, vocabulary, record.origin());
                }
            }
            return sequence;
        };
    }

    private static void check(int id, String field, int position, int vocabulary, String origin) {
        if (id < 0 || id >= vocabulary) {
            throw new DataException(
                    "%s: %s[%s] is %s, but the model's vocabulary has %s entries; use the model's own tokens"
                            .formatted(origin, field, position, id, vocabulary));
        }
    }
}

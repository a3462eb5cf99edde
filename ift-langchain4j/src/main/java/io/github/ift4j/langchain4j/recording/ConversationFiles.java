package io.github.ift4j.langchain4j.recording;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of a recorder's folder: their names, and reading them line by line. */
final class ConversationFiles {
    private static final String RATINGS = "ratings.jsonl";
    private static final Pattern NAME = Pattern.compile("conversations-(\\d{1,9})\\.jsonl");

    private ConversationFiles() {}

    static Path ratings(Path folder) {
        return folder.resolve(RATINGS);
    }

    static Path conversations(Path folder, int number) {
        return folder.resolve("conversations-%06d.jsonl".formatted(number));
    }

    /** The files of conversations, oldest first. */
    static List<Path> conversations(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.filter(path -> number(path) > 0)
                    .sorted(Comparator.comparingInt(ConversationFiles::number))
                    .toList();
        }
    }

    /** The number in a file's name, or 0. */
    static int number(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /**
     * Reads whole lines; one that is not finished is passed over.
     *
     * @return whether the last line was not finished
     */
    static boolean readLines(Path file, Consumer<byte[]> sink) throws IOException {
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int next = bytes.read(); next >= 0; next = bytes.read()) {
                if (next == '\n') {
                    sink.accept(line.toByteArray());
                    line.reset();
                } else {
                    line.write(next);
                }
            }
            return line.size() > 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}

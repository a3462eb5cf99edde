package io.github.ift4j.langchain4j.recording;

import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.files.OwnerOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a {@link ConversationRecorder} has written, as it stands at one moment.
 *
 * @param exchanges by time; of several with one id the last
 * @param ratings the last rating of each exchange that has one, by id
 * @param notices lines that were passed over because they are unfinished or damaged, one notice a file
 */
public record RecordedConversations(
        List<RecordedExchange> exchanges, Map<String, RatingEvent> ratings, List<String> notices) {
    public RecordedConversations {
        exchanges = List.copyOf(exchanges);
        ratings = Map.copyOf(ratings);
        notices = List.copyOf(notices);
    }

    /**
     * Reads a recorder's folder, which may be in use.
     *
     * @throws UncheckedIOException when it cannot be read
     */
    public static RecordedConversations read(Path folder) {
        return read(folder, (_, _) -> true);
    }

    /** The exchanges that were rated good; reads as {@link #read(Path)} does. */
    public static RecordedConversations readGood(Path folder) {
        return read(
                folder,
                (id, ratings) -> ratings.containsKey(id) && ratings.get(id).rating() == Rating.GOOD);
    }

    /** Only what is wanted is held in memory. */
    private static RecordedConversations read(Path folder, Selection selection) {
        List<String> notices = new ArrayList<>();
        try {
            Map<String, RatingEvent> ratings = new LinkedHashMap<>();
            LineCount ratingLines = new LineCount();
            boolean torn = ConversationFiles.readLines(
                    ConversationFiles.ratings(folder),
                    line -> ExchangeJson.rating(line)
                            .ifPresentOrElse(event -> ratings.put(event.id(), event), ratingLines::damaged));
            ratingLines.notice(ConversationFiles.ratings(folder), torn, notices);
            Map<String, RecordedExchange> exchanges = new LinkedHashMap<>();
            for (Path file : ConversationFiles.conversations(folder)) {
                LineCount lines = new LineCount();
                torn = ConversationFiles.readLines(
                        file,
                        line -> ExchangeJson.exchange(line)
                                .ifPresentOrElse(
                                        exchange -> {
                                            if (selection.wants(exchange.id(), ratings)) {
                                                exchanges.remove(exchange.id());
                                                exchanges.put(exchange.id(), exchange);
                                            }
                                        },
                                        lines::damaged));
                lines.notice(file, torn, notices);
            }
            ratings.keySet().retainAll(exchanges.keySet());
            return new RecordedConversations(List.copyOf(exchanges.values()), ratings, notices);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    folder + ": the recorded conversations cannot be read: " + e.getMessage(), e);
        }
    }

    /** Those that were rated good. */
    public List<RecordedExchange> good() {
        return where(exchange ->
                ratings.containsKey(exchange.id()) && ratings.get(exchange.id()).rating() == Rating.GOOD);
    }

    /** Those that fulfil a condition. */
    public List<RecordedExchange> where(Predicate<RecordedExchange> condition) {
        return exchanges.stream().filter(condition).toList();
    }

    /**
     * Writes the good ones into a file that {@code ift train --data} reads, closed to other users.
     *
     * @throws UncheckedIOException when it cannot be written
     */
    public void export(Path file) {
        export(good(), file);
    }

    /**
     * Writes exchanges into a file that {@code ift train --data} reads, closed to other users.
     *
     * @throws UncheckedIOException when it cannot be written
     */
    public static void export(Collection<RecordedExchange> exchanges, Path file) {
        try {
            AtomicFiles.write(file, channel -> {
                for (RecordedExchange exchange : exchanges) {
                    ByteBuffer line = StandardCharsets.UTF_8.encode(exchange.toJson() + "\n");
                    while (line.hasRemaining()) {
                        channel.write(line);
                    }
                }
            });
            OwnerOnly.restrict(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    @FunctionalInterface
    private interface Selection {
        boolean wants(String id, Map<String, RatingEvent> ratings);
    }

    private static final class LineCount {
        private int damaged;

        void damaged() {
            damaged++;
        }

        void notice(Path file, boolean torn, List<String> notices) {
            if (torn) {
                notices.add(file + ": the last line is not finished and was passed over");
            }
            if (damaged > 0) {
                notices.add(file + ": " + damaged + " damaged lines were passed over");
            }
        }
    }
}

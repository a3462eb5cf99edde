package io.github.ift4j.langchain4j.recording;

import io.github.ift4j.core.files.AppendOnlyLines;
import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.files.FolderLock;
import io.github.ift4j.core.files.OwnerOnly;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The folder of a recorder: numbered files of exchanges, of which the newest grows, a file of ratings, and an index of both in
 * memory. Only the writing thread changes it; the index may be read by any.
 */
final class ConversationStore implements AutoCloseable {
    private static final int FILES_IN_AGE = 8;

    private final Path folder;
    private final RecordingLimits limits;
    private final FolderLock lock;
    private final Map<String, ExchangeSummary> index = new LinkedHashMap<>();
    private final NavigableMap<Integer, Contents> files = new TreeMap<>();
    private AppendOnlyLines ratings;
    private AppendOnlyLines current;
    private long damagedLines;

    private ConversationStore(Path folder, RecordingLimits limits, FolderLock lock) {
        this.folder = folder;
        this.limits = limits;
        this.lock = lock;
    }

    /** @throws IOException when the folder cannot be used or another has it open */
    static ConversationStore open(Path folder, RecordingLimits limits, Instant now) throws IOException {
        OwnerOnly.createDirectories(folder);
        ConversationStore store = new ConversationStore(folder, limits, FolderLock.take(folder));
        try {
            store.load();
            store.enforceLimits(now);
            return store;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private synchronized void load() throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            for (Path left : content.filter(AtomicFiles::isTemporary).toList()) {
                AtomicFiles.deleteRecursively(left);
            }
        }
        for (Path file : ConversationFiles.conversations(folder)) {
            OwnerOnly.restrict(file);
            Contents contents = new Contents();
            files.put(ConversationFiles.number(file), contents);
            boolean torn = ConversationFiles.readLines(
                    file,
                    line -> ExchangeJson.exchange(line)
                            .ifPresentOrElse(exchange -> index(exchange, contents, line.length), () -> damagedLines++));
            damagedLines += torn ? 1 : 0;
        }
        current = AppendOnlyLines.open(ConversationFiles.conversations(folder, files.isEmpty() ? 1 : files.lastKey()));
        files.computeIfAbsent(ConversationFiles.number(current.file()), _ -> new Contents());
        ratings = AppendOnlyLines.open(ConversationFiles.ratings(folder));
        damagedLines += ratings.tornBytes() > 0 ? 1 : 0;
        ConversationFiles.readLines(
                ratings.file(),
                line -> ExchangeJson.rating(line)
                        .ifPresentOrElse(
                                event -> index.computeIfPresent(event.id(), (_, summary) -> summary.rated(event)),
                                () -> damagedLines++));
    }

    private void index(RecordedExchange exchange, Contents contents, long bytes) {
        index.put(exchange.id(), ExchangeSummary.of(exchange));
        contents.add(exchange, bytes + 1);
    }

    long damagedLines() {
        return damagedLines;
    }

    synchronized List<ExchangeSummary> summaries() {
        return List.copyOf(index.values());
    }

    synchronized boolean knows(String id) {
        return index.containsKey(id);
    }

    /** Writes an exchange; {@link #force} makes it durable. */
    synchronized void append(RecordedExchange exchange, String line) throws IOException {
        Contents contents = files.lastEntry().getValue();
        boolean full = current.size() > 0 && current.size() + line.length() > limits.fileBytes();
        boolean spread = limits.age().isPresent()
                && contents.oldest != null
                && Duration.between(contents.oldest, exchange.time())
                                .compareTo(limits.age().get().dividedBy(FILES_IN_AGE))
                        > 0;
        if (full || spread) {
            startFile();
        }
        long before = current.size();
        current.append(List.of(line));
        index.put(exchange.id(), ExchangeSummary.of(exchange));
        files.lastEntry().getValue().add(exchange, current.size() - before);
    }

    private void startFile() throws IOException {
        current.force();
        int next = files.lastKey() + 1;
        AppendOnlyLines opened = AppendOnlyLines.open(ConversationFiles.conversations(folder, next));
        current.close();
        current = opened;
        files.put(next, new Contents());
    }

    /** Writes a rating of a known exchange. */
    synchronized void append(RatingEvent event) throws IOException {
        ratings.append(List.of(ExchangeJson.write(event)));
        index.computeIfPresent(event.id(), (_, summary) -> summary.rated(event));
    }

    synchronized void force() throws IOException {
        current.force();
        ratings.force();
    }

    /** Removes the oldest files until the limits hold. */
    synchronized void enforceLimits(Instant now) throws IOException {
        Set<String> removed = new HashSet<>();
        while (isOverLimit(now)) {
            if (files.size() == 1) {
                startFile();
            }
            Map.Entry<Integer, Contents> oldest = files.firstEntry();
            Files.deleteIfExists(ConversationFiles.conversations(folder, oldest.getKey()));
            files.remove(oldest.getKey());
            removed.addAll(oldest.getValue().ids);
        }
        forgetIds(removed);
    }

    private boolean isOverLimit(Instant now) {
        Contents oldest = files.firstEntry().getValue();
        boolean old = limits.age().isPresent()
                && oldest.newest != null
                && oldest.newest.isBefore(now.minus(limits.age().get()));
        long total =
                files.values().stream().mapToLong(contents -> contents.bytes).sum();
        return old || (files.size() > 1 && total > limits.totalBytes());
    }

    /**
     * Rewrites every file that holds an exchange of which the condition is true, each atomically.
     *
     * @return how many exchanges are gone
     */
    synchronized int forget(Predicate<ExchangeSummary> condition) throws IOException {
        Set<String> ids = new HashSet<>();
        index.values().stream().filter(condition).forEach(summary -> ids.add(summary.id()));
        for (Map.Entry<Integer, Contents> file : List.copyOf(files.entrySet())) {
            if (file.getValue().ids.stream().anyMatch(ids::contains)) {
                rewrite(file.getKey(), ids);
            }
        }
        forgetIds(ids);
        return ids.size();
    }

    private void rewrite(int number, Set<String> ids) throws IOException {
        Path file = ConversationFiles.conversations(folder, number);
        Contents kept = new Contents();
        replace(
                file,
                line -> ExchangeJson.exchange(line)
                        .filter(exchange -> !ids.contains(exchange.id()))
                        .map(exchange -> {
                            kept.add(exchange, line.length + 1L);
                            return true;
                        })
                        .orElse(false));
        files.put(number, kept);
    }

    /** Takes the ratings of exchanges that are gone out, with their comments. */
    private void forgetIds(Set<String> ids) throws IOException {
        if (index.keySet().removeAll(ids)) {
            replace(
                    ratings.file(),
                    line -> ExchangeJson.rating(line)
                            .filter(event -> !ids.contains(event.id()))
                            .isPresent());
        }
    }

    /** Keeps the lines of a file that fulfil a condition; damaged ones, which may be anybody's, should not. */
    private void replace(Path file, Predicate<byte[]> keep) throws IOException {
        boolean growing = file.equals(current.file());
        AppendOnlyLines open = growing ? current : file.equals(ratings.file()) ? ratings : null;
        if (open != null) {
            open.close();
        }
        try {
            AtomicFiles.write(
                    file,
                    channel -> ConversationFiles.readLines(file, line -> {
                        if (keep.test(line)) {
                            write(channel, line);
                        }
                    }));
            OwnerOnly.restrict(file);
        } finally {
            if (growing) {
                current = AppendOnlyLines.open(file);
            } else if (open != null) {
                ratings = AppendOnlyLines.open(file);
            }
        }
    }

    private static void write(FileChannel channel, byte[] line) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream(line.length + 1);
        whole.writeBytes(line);
        whole.write('\n');
        ByteBuffer bytes = ByteBuffer.wrap(whole.toByteArray());
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try (lock;
                AppendOnlyLines conversations = current;
                AppendOnlyLines events = ratings) {
            if (conversations != null && events != null) {
                conversations.force();
                events.force();
            }
        }
    }

    /** What one file holds. */
    private static final class Contents {
        private final List<String> ids = new ArrayList<>();
        private Instant oldest;
        private Instant newest;
        private long bytes;

        void add(RecordedExchange exchange, long length) {
            ids.add(exchange.id());
            oldest = oldest == null || exchange.time().isBefore(oldest) ? exchange.time() : oldest;
            newest = newest == null || exchange.time().isAfter(newest) ? exchange.time() : newest;
            bytes += length;
        }
    }
}

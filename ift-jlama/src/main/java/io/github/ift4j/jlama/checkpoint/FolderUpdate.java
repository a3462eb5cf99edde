package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A set of files that takes its place in a folder when all of it is on the disk.
 *
 * <p>A new folder appears in one step. In a folder that exists the files are renamed one after the other in the order in
 * which they were added: who is interrupted there leaves the first of them, so the file that makes the others count comes
 * last. Until {@link #publish} nothing that was there before changes.
 */
final class FolderUpdate implements AutoCloseable {
    private static final String TEMPORARY = ".tmp-";

    private final Path target;
    private final Disk disk;
    private final boolean create;
    private final Path staging;
    private final List<String> staged = new ArrayList<>();

    /**
     * Begins an update, and removes what an interrupted one of the same folder has left.
     *
     * @param target the folder; the one above it exists
     */
    FolderUpdate(Path target, Disk disk) throws IOException {
        this.target = target;
        this.disk = disk;
        this.create = Files.notExists(target);
        Path parent = create ? target.getParent() : target;
        String prefix = "." + (create ? target.getFileName() : "model") + TEMPORARY;
        removeLeftovers(parent, prefix);
        this.staging = parent.resolve(prefix + UUID.randomUUID());
        disk.createDirectory(staging);
    }

    /** Writes a file of the update. */
    void add(String name, Disk.Content content) throws IOException {
        staged.add(name);
        disk.write(staging.resolve(name), content);
    }

    /**
     * Puts the files in their place.
     *
     * @param obsolete files of the folder to delete afterwards
     */
    void publish(List<String> obsolete) throws IOException {
        disk.force(staging);
        if (create) {
            disk.move(staging, target);
            staged.clear();
            disk.force(target.getParent());
            return;
        }
        for (String name : staged) {
            disk.move(staging.resolve(name), target.resolve(name));
            disk.force(target);
        }
        staged.clear();
        for (String name : obsolete) {
            disk.delete(target.resolve(name));
            disk.force(target);
        }
    }

    /** Removes what was not published. */
    @Override
    public void close() throws IOException {
        if (Files.exists(staging)) {
            for (String name : staged) {
                disk.delete(staging.resolve(name));
            }
            disk.delete(staging);
        }
    }

    private void removeLeftovers(Path parent, String prefix) throws IOException {
        List<Path> leftovers;
        try (Stream<Path> entries = Files.list(parent)) {
            leftovers = entries.filter(entry -> entry.getFileName().toString().startsWith(prefix)
                            && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
        for (Path leftover : leftovers) {
            try (Stream<Path> files = Files.list(leftover)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    disk.delete(file);
                }
            }
            disk.delete(leftover);
        }
    }
}

package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder that something is to be written to. */
final class TargetFolder {
    private TargetFolder() {}

    /**
     * Checks, without changing anything, that files could be written there.
     *
     * @throws CheckpointException when not
     */
    static void checkWritable(Path target) {
        Path existing = target.toAbsolutePath();
        while (Files.notExists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing)) {
            throw new CheckpointException(existing + ": is a file, so no model can be written to " + target);
        }
        try {
            Files.delete(Files.createTempFile(existing, ".ift", ".tmp"));
        } catch (IOException e) {
            throw new CheckpointException(existing + ": cannot be written to: " + Reasons.of(e), e);
        }
    }

    /**
     * Refuses to write over what a folder holds.
     *
     * @throws CheckpointException always
     */
    static void refuse(Path target, String held) {
        throw new CheckpointException(
                target + ": holds " + held + ", which is not overwritten; choose another folder or delete this one");
    }

    /** The folder without links, so that what is renamed beside it stays on its disk; the folder above it is made. */
    static Path resolve(Path target) throws IOException {
        if (Files.exists(target)) {
            return target.toRealPath();
        }
        Path absolute = target.toAbsolutePath();
        return Files.createDirectories(absolute.getParent()).toRealPath().resolve(absolute.getFileName());
    }
}

package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.files.FolderLock;
import io.github.ift4j.core.files.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/**
 * The folder of a tuner while it is open: kept from other tuners, and with an audit trail that is sound.
 *
 * @param folder where things are
 * @param lock of the folder
 * @param audit what has happened
 */
record TunerStore(TunerFolder folder, FolderLock lock, AuditTrail audit) implements AutoCloseable {
    /**
     * Opens a folder, which is made if need be.
     *
     * @throws TuningException when the audit trail is not sound
     * @throws IOException when the folder cannot be used or another tuner has it open
     */
    static TunerStore open(TunerFolder folder) throws IOException {
        OwnerOnly.createDirectories(folder.root());
        FolderLock lock = FolderLock.take(folder.root());
        try {
            TunerStore store = new TunerStore(folder, lock, AuditTrail.open(folder.audit()));
            Files.createDirectories(folder.versions());
            return store;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * What the last tuner over this folder remembered, if there was one.
     *
     * @throws TuningException when the audit trail does not go through the end that it remembered
     */
    Optional<TunerState> lastState() throws IOException {
        if (!TunerState.exists(folder.state())) {
            return Optional.empty();
        }
        TunerState state = TunerState.read(folder.state());
        AuditTrail.Verification found = verify(state);
        if (!found.isSound()) {
            throw new TuningException(found.problem().orElseThrow()
                    + "; keep the folder for inspection and let the tuner begin in another");
        }
        return Optional.of(state);
    }

    /** Checks the audit trail, also against the end that a state remembers. */
    AuditTrail.Verification verify(TunerState state) throws IOException {
        return AuditTrail.verify(folder.audit(), state.audit());
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            audit.close();
        }
    }
}

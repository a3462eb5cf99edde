package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.files.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The versions on disk and which of them answers. Each change goes to the host first, then to the audit trail, then to the state file, so
 * that a process that ends in between comes up with what the state file says, and writes that to the trail.
 *
 * <p>Thread-safe.
 */
final class VersionsInService {
    private static final System.Logger LOGGER = System.getLogger(ContinualTuner.class.getName());

    private final TunerFolder folder;
    private final AdapterHost host;
    private final String name;
    private final int keep;
    private final AuditTrail audit;
    private final Clock clock;
    private final Listener listener;
    private TunerState state;

    VersionsInService(
            TunerFolder folder,
            AdapterHost host,
            String name,
            int keep,
            AuditTrail audit,
            TunerState state,
            Clock clock,
            Listener listener) {
        this.folder = folder;
        this.host = host;
        this.name = name;
        this.keep = keep;
        this.audit = audit;
        this.state = state;
        this.clock = clock;
        this.listener = listener;
    }

    /** Is told of changes, without the lock. */
    @FunctionalInterface
    interface Listener {
        void onService(TunedVersion from, TunedVersion to, String reason);
    }

    synchronized TunerState state() {
        return state;
    }

    /** Puts what the state says into service, and what the disk holds in order. */
    synchronized void start(String baseSha256) throws IOException {
        deleteOthers();
        host.swap(name, folder.version(state.inService()));
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("in_service", state.inService());
        details.put("base_sha256", baseSha256);
        if (state.pending() != null) {
            details.put("unfinished_run", state.pending().run());
        }
        record("started", details);
    }

    synchronized void record(String event, Map<String, ?> details) throws IOException {
        audit.append(clock.instant(), event, details);
        update(current -> current);
    }

    /** Changes the state, on disk first. */
    synchronized void update(UnaryOperator<TunerState> change) throws IOException {
        TunerState changed = change.apply(state).audited(audit.head());
        changed.write(folder.state());
        state = changed;
    }

    /**
     * Takes a trained adapter over and lets it answer.
     *
     * @param candidate its folder, which is moved
     */
    TunedVersion swapIn(Path candidate, int examples, double heldOutNll, String reason) throws IOException {
        TunedVersion from;
        TunedVersion to;
        synchronized (this) {
            from = state.version(state.inService());
            int number = state.nextVersion();
            AtomicFiles.deleteRecursively(folder.version(number));
            Files.move(candidate, folder.version(number), StandardCopyOption.ATOMIC_MOVE);
            String sha256 = host.swap(name, folder.version(number));
            to = new TunedVersion(number, from.number(), clock.instant(), sha256, examples, heldOutNll);
            commit(from, to, "swapped", reason, state.serving(to).ended());
            cleanUp();
        }
        listener.onService(from, to, reason);
        return to;
    }

    /**
     * Lets a version that is on disk answer.
     *
     * @throws TuningException when it is not on disk or cannot be used; what answers is unchanged then
     */
    TunedVersion serve(int number, String event, String reason) {
        TunedVersion from;
        TunedVersion to;
        synchronized (this) {
            from = state.version(state.inService());
            to = state.version(number);
            if (to == null) {
                throw new TuningException("version " + number + " is not on disk; there are "
                        + state.versions().stream().map(TunedVersion::number).toList());
            }
            if (from.number() == number) {
                return to;
            }
            try {
                host.swap(name, folder.version(number));
                commit(from, to, event, reason, state.serving(number));
            } catch (IOException e) {
                throw new TuningException("version " + number + " cannot be put into service: " + e.getMessage(), e);
            }
        }
        listener.onService(from, to, reason);
        return to;
    }

    private void commit(TunedVersion from, TunedVersion to, String event, String reason, TunerState changed)
            throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("from", from.number());
        details.put("to", to.number());
        details.put("adapter_sha256", to.sha256());
        details.put("reason", reason);
        try {
            audit.append(clock.instant(), event, details);
            update(_ -> changed);
        } catch (IOException | RuntimeException e) {
            host.swap(name, folder.version(from.number()));
            throw e;
        }
    }

    /** What cannot be deleted now is deleted at the next start; the new version answers all the same. */
    private void cleanUp() {
        try {
            AtomicFiles.deleteRecursively(folder.work());
            keepLast();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.WARNING, "old versions could not be deleted: " + e.getMessage());
        }
    }

    /** Deletes old versions, but neither the one in service, nor those that it can be rolled back to next, nor the base. */
    private void keepLast() throws IOException {
        TunedVersion serving = state.version(state.inService());
        Set<Integer> kept = new HashSet<>(List.of(0, serving.number(), serving.predecessor()));
        List<TunedVersion> newest = state.versions().reversed();
        newest.stream().limit(keep).forEach(version -> kept.add(version.number()));
        List<TunedVersion> left = new ArrayList<>(state.versions());
        left.removeIf(version -> !kept.contains(version.number()));
        update(current -> current.keeping(left));
        deleteOthers();
    }

    private void deleteOthers() throws IOException {
        try (Stream<Path> content = Files.list(folder.versions())) {
            for (Path path : content.toList()) {
                boolean known = state.versions().stream()
                        .anyMatch(version -> folder.version(version.number()).equals(path));
                if (!known) {
                    AtomicFiles.deleteRecursively(path);
                }
            }
        }
    }

    /** The version that a roll back goes to. */
    static TunedVersion predecessor(TunerState state) {
        TunedVersion serving = state.version(state.inService());
        TunedVersion before = state.version(serving.predecessor());
        return before == null ? state.version(0) : before;
    }

    Instant now() {
        return clock.instant();
    }
}

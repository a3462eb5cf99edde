package io.github.ift4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderLockTest {
    private static final int IN_USE = 7;

    @TempDir
    private Path folder;

    @Test
    void aFolderHasOneUserAtATime() throws IOException {
        FolderLock lock = FolderLock.take(folder);
        assertThatIOException()
                .isThrownBy(() -> FolderLock.take(folder))
                .withMessage(folder + " is in use by another; close that one or choose another folder");
        lock.close();
        FolderLock.take(folder).close();
    }

    @Test
    void closingTwiceDoesNotTakeTheFolderFromTheNext() throws IOException {
        FolderLock first = FolderLock.take(folder);
        first.close();
        try (FolderLock _ = FolderLock.take(folder)) {
            first.close();
            assertThatIOException().isThrownBy(() -> FolderLock.take(folder));
        }
    }

    @Test
    void whoAwaitsItGetsItFromTheOneBefore() throws Exception {
        AtomicReference<FolderLock> got = new AtomicReference<>();
        Thread waiting;
        try (FolderLock _ = FolderLock.take(folder)) {
            waiting = Thread.ofPlatform().start(() -> got.set(await()));
            untilItWaits(waiting);
            assertThat(got).hasNullValue();
        }
        waiting.join();
        assertThatIOException().isThrownBy(() -> FolderLock.take(folder));
        got.get().close();
    }

    @Test
    void whoIsInterruptedWaitsNoLonger() throws Exception {
        AtomicReference<FolderLock> got = new AtomicReference<>();
        try (FolderLock _ = FolderLock.take(folder)) {
            Thread waiting = Thread.ofPlatform().start(() -> got.set(await()));
            untilItWaits(waiting);
            waiting.interrupt();
            waiting.join();
        }
        assertThat(got).hasNullValue();
        FolderLock.take(folder).close();
    }

    /** Null when interrupted. */
    private FolderLock await() {
        try {
            return FolderLock.await(folder);
        } catch (InterruptedIOException e) {
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            return null;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void untilItWaits(Thread thread) {
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aVainAttemptDoesNotLetOtherProcessesIn() throws Exception {
        try (FolderLock _ = FolderLock.take(folder)) {
            assertThat(takenByAnotherProcess()).isEqualTo(IN_USE);
            assertThatIOException().isThrownBy(() -> FolderLock.take(folder));
            assertThat(takenByAnotherProcess()).isEqualTo(IN_USE);
        }
        assertThat(takenByAnotherProcess()).isZero();
    }

    private int takenByAnotherProcess() throws Exception {
        String classes = place(FolderLock.class) + File.pathSeparator + place(Other.class);
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classes,
                        Other.class.getName(),
                        folder.toString())
                .start()
                .waitFor();
    }

    private static Path place(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** Another process that wants the folder. */
    static final class Other {
        private Other() {}

        public static void main(String[] arguments) {
            try {
                FolderLock.take(Path.of(arguments[0])).close();
            } catch (IOException e) {
                System.exit(IN_USE);
            }
        }
    }
}

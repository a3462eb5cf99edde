package io.github.ift4j.langchain4j.recording;

import com.google.common.base.Preconditions;
import java.time.Duration;
import java.util.Optional;

/**
 * How much is kept. When a bound is passed, the oldest files go, each as a whole, so a file that is small beside the total keeps
 * close to it.
 *
 * @param fileBytes a file that has grown to this size gets a successor
 * @param totalBytes most bytes of all files of conversations together; the newest file stays in any case
 * @param age files whose newest exchange is older go; no bound when empty
 * @param exchangeBytes an exchange that takes more is not recorded
 */
public record RecordingLimits(long fileBytes, long totalBytes, Optional<Duration> age, int exchangeBytes) {
    /** Files of 4 MiB, 256 MiB together, no bound of age, exchanges up to 1 MiB. */
    public static final RecordingLimits DEFAULTS = new RecordingLimits(4L << 20, 256L << 20, Optional.empty(), 1 << 20);

    public RecordingLimits {
        Preconditions.checkArgument(fileBytes >= 1, "fileBytes must be at least 1, was %s", fileBytes);
        Preconditions.checkArgument(totalBytes >= 1, "totalBytes must be at least 1, was %s", totalBytes);
        Preconditions.checkArgument(exchangeBytes >= 1, "exchangeBytes must be at least 1, was %s", exchangeBytes);
        age.ifPresent(bound -> Preconditions.checkArgument(bound.isPositive(), "age must be positive, was %s", bound));
    }

    /** With another size of a file. */
    public RecordingLimits withFileBytes(long bytes) {
        return new RecordingLimits(bytes, totalBytes, age, exchangeBytes);
    }

    /** With another size of all files. */
    public RecordingLimits withTotalBytes(long bytes) {
        return new RecordingLimits(fileBytes, bytes, age, exchangeBytes);
    }

    /** With another age. */
    public RecordingLimits withAge(Duration bound) {
        return new RecordingLimits(fileBytes, totalBytes, Optional.of(bound), exchangeBytes);
    }

    /** With another size of an exchange. */
    public RecordingLimits withExchangeBytes(int bytes) {
        return new RecordingLimits(fileBytes, totalBytes, age, bytes);
    }
}

package io.github.ift4j.jlama.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer, which ends with an exception when nothing has come for too long. How long it takes altogether does not matter.
 *
 * <p>The body underneath blocks until something comes, without a limit, and to close it is the only way to wake who waits: that is what the
 * alarm does which each read sets.
 */
final class WatchedBody extends FilterInputStream {
    private final String name;
    private final Duration patience;
    private final ScheduledExecutorService alarms;
    private volatile boolean stalled;

    /**
     * @param name what it is the content of
     * @param patience how long nothing may come
     * @param alarms a thread for closing what stalls
     */
    WatchedBody(InputStream body, String name, Duration patience, ScheduledExecutorService alarms) {
        super(body);
        this.name = name;
        this.patience = patience;
        this.alarms = alarms;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    /** @throws HttpTimeoutException when nothing came for too long */
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Future<?> alarm = alarms.schedule(this::giveUp, patience.toNanos(), TimeUnit.NANOSECONDS);
        int count;
        try {
            count = in.read(bytes, offset, length);
        } catch (IOException e) {
            throw stalled ? stall(e) : e;
        } finally {
            alarm.cancel(false);
        }
        if (stalled) {
            throw stall(null);
        }
        return count;
    }

    private void giveUp() {
        stalled = true;
        try {
            in.close();
        } catch (IOException e) {
            // Who reads is told that it stalled, which is why it was closed.
        }
    }

    private IOException stall(IOException cause) {
        IOException stall =
                new HttpTimeoutException(name + " stalled: nothing came for " + patience.toSeconds() + " seconds");
        stall.initCause(cause);
        return stall;
    }
}

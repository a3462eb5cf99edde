package io.github.ift4j.samples.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a long task is: a bar where a person watches, a line now and then where a log is written. */
interface Progress extends AutoCloseable {
    /** Width of a terminal that shows the whole bar. */
    int COLUMNS = 100;

    /**
     * Starts with nothing done.
     *
     * @param task what is done, a word
     * @param total steps of the whole task
     */
    static Progress start(PrintWriter err, boolean terminal, String task, long total) {
        return terminal ? new Bar(err, task, total) : new Lines(err, task, total);
    }

    /**
     * Says how far it is.
     *
     * @param done steps so far
     * @param detail what is worth knowing of the last step
     */
    void update(long done, String detail);

    @Override
    void close();

    /** A bar that is drawn over itself. */
    final class Bar implements Progress {
        private final PrintWriter err;
        private final ProgressBar bar;

        private Bar(PrintWriter err, String task, long total) {
            this.err = err;
            this.bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new DelegatingProgressBarConsumer(this::draw, COLUMNS))
                    .build();
        }

        @Override
        public void update(long done, String detail) {
            bar.setExtraMessage(" " + detail);
            bar.stepTo(done);
        }

        @Override
        public void close() {
            bar.close();
            err.println();
            err.flush();
        }

        private void draw(String line) {
            err.print("\r" + line);
            err.flush();
        }
    }

    /** A line for each tenth of the task, but not more than one every other second, and one for the end. */
    final class Lines implements Progress {
        private static final int LINES = 10;
        private static final Duration PAUSE = Duration.ofSeconds(2);

        private final PrintWriter err;
        private final String task;
        private final long total;
        private long told;
        private long toldAt = System.nanoTime();

        private Lines(PrintWriter err, String task, long total) {
            this.err = err;
            this.task = task;
            this.total = total;
        }

        @Override
        public void update(long done, String detail) {
            boolean due = (done - told) * LINES >= total && System.nanoTime() - toldAt >= PAUSE.toNanos();
            if (due || done == total) {
                err.printf(Locale.ROOT, "%s %d/%d %s%n", task, done, total, detail);
                err.flush();
                told = done;
                toldAt = System.nanoTime();
            }
        }

        @Override
        public void close() {
            err.flush();
        }
    }
}

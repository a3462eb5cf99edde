package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.langchain4j.tuning.TuningOutcome.Decision;

/** What a training asks between its steps: whether to wait or to end. */
final class RunControl {
    private boolean paused;
    private Decision end;

    /** Ends a training. */
    static final class EndedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final Decision decision;

        EndedException(Decision decision) {
            super("the training was ended: " + decision, null, false, false);
            this.decision = decision;
        }

        Decision decision() {
            return decision;
        }
    }

    synchronized void pause(boolean hold) {
        paused = hold;
        notifyAll();
    }

    synchronized boolean isPaused() {
        return paused;
    }

    /** Lets the training under way end at its next question. */
    synchronized void end(Decision decision) {
        end = decision;
        notifyAll();
    }

    synchronized void begin() {
        if (end == Decision.CANCELLED) {
            end = null;
        }
    }

    /**
     * Waits while paused.
     *
     * @throws EndedException when the training is to end
     */
    synchronized void check() {
        while (paused && end == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                end = Decision.SUSPENDED;
            }
        }
        if (end != null) {
            throw new EndedException(end);
        }
    }
}

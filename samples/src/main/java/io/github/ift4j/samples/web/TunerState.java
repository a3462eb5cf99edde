package io.github.ift4j.samples.web;

import java.util.List;
import java.util.Optional;

/**
 * What the tuner page shows.
 *
 * @param phase what the tuner does, in a word or two
 * @param busy whether it learns or evaluates
 * @param recorded exchanges on record
 * @param good those that were rated good
 * @param bad those that were rated bad
 * @param queue the latest recorded exchanges, newest first
 * @param run the run under way or else the last one
 * @param gate what the last finished run was measured by
 * @param versions what can answer, newest first
 */
record TunerState(
        String phase,
        boolean busy,
        int recorded,
        int good,
        int bad,
        List<Exchange> queue,
        Optional<Run> run,
        Optional<Gate> gate,
        List<Version> versions) {

    /**
     * @param id of the answer
     * @param question what was asked; empty unless shown
     * @param answer what was answered; empty unless shown
     * @param time when, ISO 8601
     * @param rating what the user thinks of it, good or bad, empty when unrated
     */
    record Exchange(String id, String question, String answer, String time, String rating) {}

    /**
     * @param steps how many steps it will take
     * @param losses of each step so far
     */
    record Run(int steps, List<Double> losses) {}

    /**
     * @param before loss on held-out conversations of the version that answers
     * @param after that of the one that was learned
     * @param margin by how much it must be lower
     * @param passed whether the new one may answer
     * @param reason why
     */
    record Gate(double before, double after, double margin, boolean passed, String reason) {}

    /**
     * @param name of the version
     * @param active whether it answers now
     * @param created when, ISO 8601; empty for the model as it came
     * @param examples how many exchanges it learned from
     */
    record Version(String name, boolean active, String created, int examples) {}
}

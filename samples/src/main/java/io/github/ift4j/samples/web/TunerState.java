package io.github.ift4j.samples.web;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the tuner page shows.
 *
 * @param phase what the tuner does, in a word
 * @param busy whether it learns or measures
 * @param recorded exchanges on record
 * @param good those that were rated good
 * @param bad those that were rated bad
 * @param fresh those that were rated good since the last training began
 * @param queue the latest recorded exchanges, newest first
 * @param run the training under way, or else the last one
 * @param gate how the last training ended
 * @param versions what can answer, newest first
 * @param problem what did not work lately
 */
record TunerState(
        String phase,
        boolean busy,
        int recorded,
        int good,
        int bad,
        int fresh,
        List<Exchange> queue,
        Optional<Run> run,
        Optional<Gate> gate,
        List<Version> versions,
        Optional<String> problem) {

    /**
     * @param id of the answer
     * @param time when it was asked for, ISO 8601
     * @param rating good, bad or empty
     * @param question what was asked; empty for those who did not ask it
     */
    record Exchange(String id, String time, String rating, String question) {}

    /**
     * @param number of the training
     * @param train exchanges that it learns from
     * @param step steps done
     * @param steps all of them
     * @param curve the loss of each step
     */
    record Run(int number, int train, long step, long steps, List<Point> curve) {}

    /**
     * @param step which
     * @param loss before it
     */
    record Point(long step, double loss) {}

    /**
     * @param reason how the training ended, in one line
     * @param passed whether the new version answers
     * @param measured whether the figures below are known
     * @param before held-out loss of the version in service
     * @param after that of the new one
     * @param margin by how much it must be lower
     * @param heldOut exchanges that were measured on
     */
    record Gate(
            String reason, boolean passed, boolean measured, double before, double after, double margin, int heldOut) {}

    /**
     * @param name its number; 0 is the model as it came
     * @param active whether it answers now
     * @param created when it came, ISO 8601
     * @param examples exchanges that it learned from
     */
    record Version(String name, boolean active, String created, int examples) {}

    /** With the questions that a function knows by the id of their answers. */
    TunerState withQuestions(Function<String, String> question) {
        List<Exchange> shown = queue.stream()
                .map(one -> new Exchange(one.id, one.time, one.rating, question.apply(one.id)))
                .toList();
        return new TunerState(phase, busy, recorded, good, bad, fresh, shown, run, gate, versions, problem);
    }
}

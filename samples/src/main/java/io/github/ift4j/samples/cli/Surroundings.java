package io.github.ift4j.samples.cli;

import java.io.InputStream;

/**
 * Where a command runs. Java cannot tell which streams are terminals one by one; the launcher can, and says so in system
 * properties.
 *
 * @param in what the command may read
 * @param inIsTerminal whether a person types it
 * @param errIsTerminal whether a person watches stderr
 */
record Surroundings(InputStream in, boolean inIsTerminal, boolean errIsTerminal) {
    /** Those of the process. */
    static Surroundings ofProcess() {
        return new Surroundings(
                System.in, Boolean.getBoolean("ift.stdin.terminal"), Boolean.getBoolean("ift.stderr.terminal"));
    }
}

package io.github.ift4j.samples.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * What a command did.
 *
 * @param status exit status
 * @param out what it wrote to stdout
 * @param err what it wrote to stderr
 */
record Launch(int status, String out, String err) {
    /** Runs a command inside this JVM, without terminal and with nothing to read. */
    static Launch ift(String... arguments) {
        return iftReading("", arguments);
    }

    /** As {@link #ift}, with something to read. */
    static Launch iftReading(String in, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Surroundings surroundings =
                new Surroundings(new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)), false, false);
        int status = Ift.run(arguments, surroundings, new PrintWriter(out), new PrintWriter(err));
        return new Launch(status, out.toString(), err.toString());
    }
}

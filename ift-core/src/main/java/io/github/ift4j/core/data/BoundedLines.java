package io.github.ift4j.core.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads a stream line by line, without ever holding more of it than one line of bounded length. */
final class BoundedLines {
    private final InputStream bytes;
    private final int longest;
    private final byte[] buffer = new byte[1 << 16];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int position;
    private int limit;

    /** @param longest most bytes of a line */
    BoundedLines(InputStream bytes, int longest) {
        this.bytes = bytes;
        this.longest = longest;
    }

    /**
     * The next line without its line feed, or null at the end. A stream that ends in a line feed has one more, empty line.
     *
     * @throws TooLongException when the line is longer than allowed
     */
    byte[] next() throws IOException {
        if (limit < 0) {
            return null;
        }
        line.reset();
        while (true) {
            if (position == limit) {
                position = 0;
                limit = bytes.read(buffer);
                if (limit < 0) {
                    return line.toByteArray();
                }
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            if (line.size() + (end - position) > longest) {
                throw new TooLongException();
            }
            line.write(buffer, position, end - position);
            boolean whole = end < limit;
            position = whole ? end + 1 : end;
            if (whole) {
                return line.toByteArray();
            }
        }
    }

    /** A line that is longer than allowed. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }
}

package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.TextListener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Questions in, answers out, until the input ends. */
final class ChatLoop {
    private final Surroundings surroundings;
    private final PrintWriter out;

    ChatLoop(Surroundings surroundings, PrintWriter out) {
        this.surroundings = surroundings;
        this.out = out;
    }

    /** Talks on a terminal, or answers line by line what comes from a pipe. */
    void run(Answerer answerer) throws IOException {
        if (surroundings.inIsTerminal()) {
            talk(answerer);
        } else {
            answerLines(answerer);
        }
    }

    private void answerLines(Answerer answerer) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(surroundings.in(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isBlank()) {
                answer(answerer, line, new Cancellation(), out);
            }
        }
    }

    private void talk(Answerer answerer) throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
            terminal.writer().println("Ctrl-C stops an answer, Ctrl-D leaves.");
            while (true) {
                try {
                    String line = reader.readLine("> ");
                    if (!line.isBlank()) {
                        Cancellation cancellation = new Cancellation();
                        var before = terminal.handle(Terminal.Signal.INT, signal -> cancellation.cancel());
                        answer(answerer, line, cancellation, terminal.writer());
                        terminal.handle(Terminal.Signal.INT, before);
                    }
                } catch (UserInterruptException stopsTyping) {
                    terminal.writer().println();
                } catch (EndOfFileException leaves) {
                    return;
                }
            }
        }
    }

    private static void answer(Answerer answerer, String question, Cancellation cancellation, PrintWriter writer) {
        answerer.answer(
                question,
                piece -> {
                    writer.print(piece);
                    writer.flush();
                },
                cancellation);
        writer.println();
        writer.flush();
    }

    /** Answers a question. */
    @FunctionalInterface
    interface Answerer {
        /**
         * @param listener receives the answer piece by piece
         * @param cancellation ends the answer early
         */
        void answer(String question, TextListener listener, Cancellation cancellation);
    }
}

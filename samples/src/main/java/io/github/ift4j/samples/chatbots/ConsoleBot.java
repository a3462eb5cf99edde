package io.github.ift4j.samples.chatbots;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.AiServices;
import java.io.PrintWriter;
import java.util.List;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;

/**
 * A chat on a terminal. Answers stream, each user has a memory of their own, Ctrl-C stops an answer and Ctrl-D leaves. A question whose
 * answer was stopped or failed is forgotten.
 */
public final class ConsoleBot {
    private static final String HELP = """
        /user NAME  somebody else speaks, with a memory of their own
        /reset      forget what the present user said
        /quit       leave, as Ctrl-D does
        Ctrl-C stops an answer.\
        """;

    private final Terminal terminal;
    private final LineReader reader;
    private final PrintWriter out;
    private final UserMemories memories;
    private final ConsoleAssistant assistant;
    private String user = "me";

    /**
     * A bot that waits for {@link #run}.
     *
     * @param terminal stays the caller's to close
     * @param model writes the answers
     * @param memories what users said before
     * @param tools objects with {@code @Tool} methods that the model may call, none for a model that cannot
     */
    public ConsoleBot(Terminal terminal, StreamingChatModel model, UserMemories memories, List<Object> tools) {
        this.terminal = terminal;
        this.out = terminal.writer();
        this.memories = memories;
        // "Hello!!" is a greeting, not the last line of the history.
        this.reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .build();
        AiServices<ConsoleAssistant> services = AiServices.builder(ConsoleAssistant.class)
                .streamingChatModel(model)
                .chatMemoryProvider(memories);
        if (!tools.isEmpty()) {
            services.tools(tools);
        }
        this.assistant = services.build();
    }

    /**
     * Talks until the user leaves or there is nothing more to read.
     *
     * @throws InterruptedException when the thread is interrupted while it waits for an answer
     */
    public void run() throws InterruptedException {
        say("/help lists the commands.");
        boolean stays = true;
        while (stays) {
            try {
                stays = read(reader.readLine(user + "> ").strip());
            } catch (UserInterruptException stopsTyping) {
                say("");
            } catch (EndOfFileException leaves) {
                stays = false;
            }
        }
    }

    /** Whether to go on. */
    private boolean read(String line) throws InterruptedException {
        String[] words = line.split("\\s+", 2);
        switch (words[0]) {
            case "" -> {}
            case "/help" -> say(HELP);
            case "/reset" -> reset();
            case "/user" -> change(words.length == 2 ? words[1] : "");
            case "/quit" -> {
                return false;
            }
            default -> {
                if (line.startsWith("/")) {
                    say("there is no command " + words[0] + "; /help lists them");
                } else {
                    answer(line);
                }
            }
        }
        return true;
    }

    private void reset() {
        memories.get(user).clear();
        say("forgotten");
    }

    private void change(String name) {
        if (name.isEmpty()) {
            say("whose turn is it? /user NAME");
        } else {
            user = name;
        }
    }

    private void answer(String question) throws InterruptedException {
        ChatMemory memory = memories.get(user);
        List<ChatMessage> before = List.copyOf(memory.messages());
        StreamedReply reply = new StreamedReply(this::show);
        Terminal.SignalHandler usual = terminal.handle(Terminal.Signal.INT, signal -> reply.cancel());
        boolean complete = false;
        try {
            memories.requireRoom(question);
            complete = reply.await(assistant.chat(user, question));
            say(complete ? "" : " (stopped)");
        } catch (RuntimeException e) {
            say("no answer: " + e.getMessage());
        } finally {
            terminal.handle(Terminal.Signal.INT, usual);
            if (!complete) {
                memory.set(before);
            }
        }
    }

    /** A piece of an answer, without characters that would steer the terminal. */
    private void show(String piece) {
        out.print(piece.replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", ""));
        out.flush();
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}

package io.github.ift4j.samples.web;

import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How to start the web chatbot.
 *
 * @param address who can reach it: 127.0.0.1 is this machine only
 * @param port where it listens, 0 to 65535; 0 takes a free one
 * @param model folder of the model; without one, the embedded model answers
 * @param data folder for recorded conversations and what was learned from them
 * @param examples whether chats of the embedded data are put on record where nothing is yet
 */
public record WebOptions(String address, int port, Optional<Path> model, Path data, boolean examples) {
    /** The address of this machine that other machines cannot reach. */
    public static final String LOOPBACK = "127.0.0.1";

    public WebOptions {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(data, "data");
        Preconditions.checkArgument(port >= 0 && port <= 65535, "port must be 0 to 65535, was %s", port);
    }
}

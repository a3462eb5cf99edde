package io.github.ift4j.jlama.hub;

import java.util.Optional;

/**
 * A file of a model on the hub.
 *
 * @param name in the model's own folder
 * @param size in bytes, if the listing says
 * @param checksum of its content, if the listing says; else the answer to its request does
 */
record HubFile(String name, Optional<Long> size, Optional<Checksum> checksum) {}

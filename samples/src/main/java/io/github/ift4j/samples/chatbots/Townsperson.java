package io.github.ift4j.samples.chatbots;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What {@link ExtractionBot} looks for in a text.
 *
 * @param pet kind of their animal
 * @param name who it is; last, as a small model may not know where a name ends
 */
public record Townsperson(
        @JsonProperty(required = true) Pet pet,
        @JsonProperty(required = true) String name) {
    /** Animals that people keep. */
    public enum Pet {
        /** A cat. */
        CAT,
        /** A dog. */
        DOG,
        /** A parrot. */
        PARROT,
        /** A rabbit. */
        RABBIT,
        /** Another one, or none. */
        OTHER
    }
}

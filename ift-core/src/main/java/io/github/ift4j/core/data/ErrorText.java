package io.github.ift4j.core.data;

import com.fasterxml.jackson.databind.JsonNode;

/** Foreign text inside error messages: on one line, and short. */
final class ErrorText {
    private static final int LONGEST = 160;

    private ErrorText() {}

    static String oneLine(String text) {
        if (text == null) {
            return "no reason given";
        }
        String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }

    /** What kind of JSON value a node is, with its article. */
    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            default -> "missing";
        };
    }
}

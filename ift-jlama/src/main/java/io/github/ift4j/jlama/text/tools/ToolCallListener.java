package io.github.ift4j.jlama.text.tools;

/** Receives an answer, taken apart into text and calls, while it is written. */
public interface ToolCallListener {
    /** Listens to nothing. */
    ToolCallListener NONE = new ToolCallListener() {
        @Override
        public void onText(String text) {}

        @Override
        public void onCall(int index, ToolCall call) {}
    };

    /** The next piece of text, at least one char. */
    void onText(String text);

    /**
     * The next piece of the arguments of a call under way.
     *
     * @param index number of the call within the answer, from 0
     * @param id what the call will be known by
     * @param name the tool's name
     * @param arguments not blank; all pieces together are {@link ToolCall#arguments()}
     */
    default void onPartialCall(int index, String id, String name, String arguments) {}

    /**
     * A call that is complete; all pieces of its arguments have come before.
     *
     * @param index number of the call within the answer, from 0
     */
    void onCall(int index, ToolCall call);
}

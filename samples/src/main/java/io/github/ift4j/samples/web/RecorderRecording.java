package io.github.ift4j.samples.web;

import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.recording.Speaker;

/**
 * Recording by a {@link ConversationRecorder} that asks these consents.
 *
 * @param recorder which records
 * @param consents whom it may record
 */
record RecorderRecording(ConversationRecorder recorder, Consents consents) implements Recording {
    @Override
    public void as(ChatSession session, Runnable question) {
        Speaker.of(session.user(), session.conversation()).run(question);
    }

    @Override
    public void consent(ChatSession session, boolean agreed) {
        if (agreed) {
            consents.give(session.user());
        } else {
            consents.withdraw(session.user());
            recorder.forgetUser(session.user());
        }
    }

    @Override
    public void rate(String answer, boolean good) {
        recorder.rate(answer, good ? Rating.GOOD : Rating.BAD);
    }
}

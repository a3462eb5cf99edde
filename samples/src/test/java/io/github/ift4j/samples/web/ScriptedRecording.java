package io.github.ift4j.samples.web;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Notes what it is told. */
final class ScriptedRecording implements Recording {
    final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public void as(ChatSession session, Runnable question) {
        told.add("asked by one who " + (session.isRecorded() ? "agreed" : "did not agree"));
        question.run();
    }

    @Override
    public void consent(ChatSession session, boolean agreed) {
        told.add(agreed ? "agreed" : "disagreed");
    }

    @Override
    public void rate(String answer, boolean good) {
        told.add(good ? "good" : "bad");
    }
}

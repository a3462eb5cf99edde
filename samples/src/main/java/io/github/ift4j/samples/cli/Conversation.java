package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.FinishReason;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.TextListener;
import io.github.ift4j.jlama.generation.TextModel;
import java.util.ArrayList;
import java.util.List;

/** A chat that remembers what was said, as far as the model's context goes. */
final class Conversation {
    private final TextModel model;
    private final SamplingOptions sampling;
    private final boolean raw;
    private final List<Message> messages = new ArrayList<>();

    /** @param raw whether to continue each text as it is, without memory */
    Conversation(TextModel model, SamplingOptions sampling, boolean raw) {
        this.model = model;
        this.sampling = sampling;
        this.raw = raw;
    }

    /** The assistant's answer to what the user says; both are remembered unless the answer was cancelled. */
    void say(String text, TextListener listener, Cancellation cancellation) {
        if (raw) {
            model.generate(sampling.apply(model.textRequest(text)), listener, cancellation);
            return;
        }
        messages.add(Message.of("user", text));
        GenerationResult result = model.generate(request(), listener, cancellation);
        if (result.finishReason() == FinishReason.CANCELLED) {
            messages.removeLast();
        } else {
            messages.add(Message.of("assistant", result.text()));
        }
    }

    /** Forgets the oldest exchanges until half of the context is free, or only the question is left. */
    private GenerationRequest request() {
        while (true) {
            GenerationRequest request = model.chatRequest(messages);
            if (messages.size() <= 2 || request.prompt().length <= model.contextLength() / 2) {
                return sampling.apply(request);
            }
            messages.subList(0, 2).clear();
        }
    }
}

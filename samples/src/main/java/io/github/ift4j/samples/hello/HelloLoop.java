package io.github.ift4j.samples.hello;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.recording.Redaction;
import io.github.ift4j.langchain4j.recording.Speaker;
import io.github.ift4j.langchain4j.tuning.ContinualTuner;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;

/** A chat that learns from what its user likes: {@code +} and {@code -} rate the last answer, {@code !} tunes now. */
public final class HelloLoop {
    private HelloLoop() {}

    /** Arguments: the model's folder, a folder for conversations and versions. */
    public static void main(String[] arguments) {
        Path base = Path.of(arguments[0]);
        Path data = Path.of(arguments[1]);
        try (IftEngine engine = IftEngine.load(base);
                ConversationRecorder recorder = ConversationRecorder.builder(data.resolve("conversations"))
                        .consent(speaker -> true) // the only user is the one who started this
                        .redaction(Redaction.common())
                        .build();
                ContinualTuner tuner = ContinualTuner.builder(base, data.resolve("tuning"))
                        .recorder(recorder)
                        .engine(engine)
                        .start()) {
            IftChatModel model = IftChatModel.builder()
                    .engine(engine)
                    .modelName(tuner.adapterName())
                    .listeners(List.of(recorder))
                    .build();
            chat(model, recorder, tuner, new Scanner(System.in));
        }
    }

    private static void chat(IftChatModel model, ConversationRecorder recorder, ContinualTuner tuner, Scanner lines) {
        ChatResponse last = null;
        while (lines.hasNextLine()) {
            String line = lines.nextLine();
            if (last != null && (line.equals("+") || line.equals("-"))) {
                recorder.rate(last.id(), line.equals("+") ? Rating.GOOD : Rating.BAD);
            } else if (line.equals("!")) {
                System.out.println(tuner.tuneNow().join().reason());
            } else if (!line.isBlank()) {
                last = Speaker.of("me").call(() -> model.chat(UserMessage.from(line)));
                System.out.println(last.aiMessage().text());
            }
        }
    }
}

package io.github.ift4j.langchain4j.tuning;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftChatResponseMetadata;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.EchoModel;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.recording.Speaker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

/** A small application with a recorder, a tiny engine and a model whose answers are rated. */
final class Application implements AutoCloseable {
    static final Path BASE = Path.of("../ift-jlama/src/test/resources/golden/llama/model");
    static final int STEPS = 12;
    /** Of 30 conversations these settings hold out some and learn most; the tests say so before they rely on it. */
    static final Gate GATE = Gate.DEFAULTS.withHeldOut(0.3, 3);

    /** A tiny model of random weights needs and stands large steps. */
    static final TuningRecipe RECIPE = TuningRecipe.DEFAULTS
            .withLora(PeftConfig.of(4, 8, new PeftTargets.AllLinear()))
            .withMaxLength(96)
            .withTraining(TrainingConfig.builder()
                    .maxSteps(STEPS)
                    .batchSize(4)
                    .learningRate(1e-2)
                    .schedule(LearningRateSchedule.CONSTANT)
                    .maxGradientNorm(1)
                    .saveEvery(2)
                    .keepCheckpoints(1)
                    .build());

    final ConversationRecorder recorder;
    final IftEngine engine = IftEngine.load(BASE);
    final IftChatModel model;

    Application(Path conversations) {
        recorder =
                ConversationRecorder.builder(conversations).consent(_ -> true).build();
        model = IftChatModel.builder()
                .engine(engine)
                .modelName("tuned")
                .temperature(0.0)
                .maxOutputTokens(12)
                .listeners(List.of(recorder))
                .build();
    }

    /** Records good conversations of another model, which repeats what it is told. */
    void recordGood(int count, IntFunction<String> said) {
        recordGood(count, new EchoModel(recorder), said);
    }

    /** Records conversations of a teacher, whose answers users are said to like. */
    void recordGood(int count, EchoModel teacher, IntFunction<String> said) {
        for (int i = 1; i <= count; i++) {
            recorder.rate(teacher.say(Speaker.UNKNOWN, said.apply(i)), Rating.GOOD)
                    .join();
        }
    }

    ContinualTuner.Builder tuner(Path folder) {
        return ContinualTuner.builder(BASE, folder)
                .recorder(recorder)
                .engine(engine)
                .recipe(RECIPE)
                .gate(GATE)
                .trigger(TuningTrigger.MANUAL)
                .lookEvery(Duration.ofMillis(5));
    }

    ChatResponse ask(String question) {
        return model.chat(UserMessage.from(question));
    }

    /** By which version a question is answered now. */
    String answeringVersion() {
        return ((IftChatResponseMetadata) ask("Hi").metadata()).modelVersion();
    }

    @Override
    public void close() {
        engine.close();
        recorder.close();
    }
}

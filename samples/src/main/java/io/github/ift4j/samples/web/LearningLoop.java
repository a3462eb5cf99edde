package io.github.ift4j.samples.web;

import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.Redaction;
import io.github.ift4j.langchain4j.spring.IftProperties;
import io.github.ift4j.langchain4j.tuning.ContinualTuner;
import io.github.ift4j.langchain4j.tuning.Gate;
import io.github.ift4j.langchain4j.tuning.TuningRecipe;
import io.github.ift4j.langchain4j.tuning.TuningTrigger;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Recorder and tuner over the data folder. The recorder listens to the chat models because it is a bean. Training begins when
 * asked for on the page, so that one can watch it.
 */
@Configuration
@ConditionalOnProperty("langchain4j.ift.model-path")
class LearningLoop {
    /** Small models stand large steps; a training takes seconds. */
    private static final TuningRecipe RECIPE = TuningRecipe.DEFAULTS
            .withLora(PeftConfig.of(16, 32, new PeftTargets.AllLinear()))
            .withOptimizer(OptimizerConfig.AdamWConfig.withDefaults())
            .withMaxLength(256)
            .withTraining(TrainingConfig.builder()
                    .epochs(5)
                    .batchSize(8)
                    .learningRate(2e-3)
                    .warmupRatio(0.1)
                    .maxGradientNorm(1)
                    .build());

    /** A page has few visitors: two held-out exchanges make a gate. */
    private static final Gate GATE = Gate.DEFAULTS.withHeldOut(0.25, 2);

    @Bean
    Consents consents() {
        return new Consents();
    }

    @Bean
    ConversationRecorder recorder(@Value("${ift.web.data}") Path data, Consents consents) {
        return ConversationRecorder.builder(data.resolve("conversations"))
                .consent(speaker -> speaker.user().filter(consents::has).isPresent())
                .redaction(Redaction.common())
                .build();
    }

    @Bean
    Recording recording(ConversationRecorder recorder, Consents consents) {
        return new RecorderRecording(recorder, consents);
    }

    @Bean
    ContinualTuner continualTuner(
            @Value("${ift.web.data}") Path data,
            IftProperties properties,
            IftEngine engine,
            ConversationRecorder recorder) {
        return ContinualTuner.builder(properties.modelPath(), data.resolve("tuning"))
                .engine(engine)
                .recorder(recorder)
                .recipe(RECIPE)
                .gate(GATE)
                .trigger(TuningTrigger.MANUAL)
                .start();
    }

    @Bean
    Tuner tuner(ContinualTuner tuner, ConversationRecorder recorder) {
        return new BackgroundTuner(tuner, recorder);
    }

    @Bean
    ExampleChats exampleChats(ConversationRecorder recorder, Consents consents) {
        return new ExampleChats(recorder, consents);
    }
}

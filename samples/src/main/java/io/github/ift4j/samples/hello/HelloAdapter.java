package io.github.ift4j.samples.hello;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An adapter is tuned over a model that stays as it is, and answers with it. */
public final class HelloAdapter {
    private HelloAdapter() {}

    /** Arguments: the model's folder, a data file, the folder of the adapter, a question. */
    public static void main(String[] arguments) {
        TrainingConfig config = TrainingConfig.builder().learningRate(1e-3).build();
        Path base = Path.of(arguments[0]);
        Path adapter = Path.of(arguments[2]);
        tune(base, Path.of(arguments[1]), adapter, config);
        System.out.println(ask(base, adapter, arguments[3]));
    }

    static void tune(Path base, Path answers, Path adapter, TrainingConfig config) {
        PeftConfig lora = PeftConfig.of(16, 32, new PeftTargets.AllLinear()); // rank, alpha, layers
        try (Workers workers = Workers.fromEnvironment();
                ModelText text = ModelText.load(base, Optional.empty());
                DecoderPolicy policy = DecoderPolicy.adapt(base, lora, config.seed(), workers)) {
            Trainer.builder()
                    .policy(policy)
                    .workers(workers)
                    .objective(IntuitiveFineTuning.withDefaults())
                    .data(Dataset.load(List.of(answers), text.encoder(false), 1024))
                    .config(config)
                    .build()
                    .train();
            PeftWriter.plain().write(adapter, policy.adapter().orElseThrow());
        }
    }

    static String ask(Path base, Path adapter, String question) {
        try (IftEngine engine =
                IftEngine.builder().modelPath(base).adapterPath(adapter).build()) {
            return IftChatModel.builder()
                    .engine(engine)
                    .temperature(0.0)
                    .maxOutputTokens(60)
                    .build()
                    .chat(question);
        }
    }
}

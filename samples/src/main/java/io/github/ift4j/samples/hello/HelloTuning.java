package io.github.ift4j.samples.hello;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingResult;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code ift-jlama}: a model directory is tuned on good answers and written as another one. */
public final class HelloTuning {
    private HelloTuning() {}

    /** Arguments: the model's folder, a data file, the folder of the tuned model. */
    public static void main(String[] arguments) {
        TrainingConfig config = TrainingConfig.builder().learningRate(1e-4).build();
        tune(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), config);
    }

    static TrainingResult tune(Path base, Path answers, Path tuned, TrainingConfig config) {
        try (Workers workers = Workers.fromEnvironment();
                HuggingFaceDirectory files = HuggingFaceDirectory.open(base);
                ModelText text = ModelText.load(base, Optional.empty());
                DecoderPolicy policy = DecoderPolicy.load(base, workers)) {
            TrainingResult result = Trainer.builder()
                    .policy(policy)
                    .workers(workers)
                    .objective(IntuitiveFineTuning.withDefaults())
                    .data(Dataset.load(List.of(answers), text.encoder(false), 1024))
                    .config(config)
                    .build()
                    .train();
            HuggingFaceWriter.basedOn(files)
                    .write(
                            tuned,
                            policy.parameters().stream().map(Float32Tensor::of).toList());
            return result;
        }
    }
}

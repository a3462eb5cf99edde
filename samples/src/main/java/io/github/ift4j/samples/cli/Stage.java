package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One of the trainings that a model goes through.
 *
 * @param objective what it minimises
 * @param optimizer how
 * @param training in which steps
 * @param data from which files
 * @param evaluationFile what is measured
 * @param folder where its metrics, its checkpoints and what the reference says are
 */
record Stage(
        Objective objective,
        OptimizerConfig optimizer,
        TrainingConfig training,
        DataOptions data,
        Optional<Path> evaluationFile,
        Path folder) {
    private static final String REFERENCE = "reference-logps.bin";

    /**
     * The examples.
     *
     * @param learned by the training
     * @param evaluation measured, not learned
     */
    record Data(Dataset learned, Optional<Dataset> evaluation) {}

    /** Reads the files as the method needs them. */
    Data load(Encoder encoder, DecoderConfig model) {
        return new Data(
                data.load(objective.examples(), encoder, model),
                evaluationFile.map(file -> data.load(List.of(file), objective.examples(), encoder, model)));
    }

    /** The training, but for the policy and what tells it from others. */
    Trainer.Builder trainer(Data examples) {
        Trainer.Builder trainer = Trainer.builder()
                .objective(objective)
                .optimizer(optimizer)
                .config(training)
                .data(examples.learned())
                .checkpoints(folder.resolve("checkpoints"))
                .referenceCache(folder.resolve(REFERENCE));
        examples.evaluation().ifPresent(trainer::evaluationData);
        return trainer;
    }

    /** What decides its outcome, for the checkpoints of later stages. */
    String identity(Data examples) {
        return objective + " by " + optimizer + " in " + training + " on "
                + examples.learned().fingerprint();
    }
}

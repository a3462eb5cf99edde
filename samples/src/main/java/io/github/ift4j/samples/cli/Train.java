package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.MetricsWriter;
import io.github.ift4j.core.training.ProvenanceWriter;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift train}: tunes a model and writes the result as a model of its own. */
@Command(
        name = "train",
        description =
                "Tunes a model on good answers. Writes a HuggingFace folder with the tuned weights, metrics.jsonl (one "
                        + "line a step), training.json (how it was made) and checkpoints.")
final class Train implements Callable<Integer> {
    private static final String TEMPLATE = "chat_template.jinja";

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Ift ift;

    @Mixin
    private ModelOptions model;

    @Mixin
    private DataOptions data;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the tuned model.")
    private Path out;

    @Mixin
    private TextOptions text;

    @Mixin
    private ObjectiveOptions objectives;

    @Mixin
    private OptimizerOptions optimizers;

    @Mixin
    private LoopOptions loop;

    @Option(names = "--eval-data", paramLabel = "FILE", description = "Examples to measure the model on, not learned.")
    private Path evaluationFile;

    @Option(names = "--resume", description = "Go on from the newest checkpoint in --out, with the same options.")
    private boolean resume;

    @Option(
            names = "--dtype",
            paramLabel = "f32",
            defaultValue = "f32",
            description = "Format of the written weights; default ${DEFAULT-VALUE}.")
    private String dtype;

    @Option(
            names = "--config",
            paramLabel = "FILE.yaml",
            description = "Options by the same names, without dashes; those of the command line go first.")
    private Path config;

    @Override
    public Integer call() throws IOException {
        NotYetAvailable.check(spec.commandLine(), "dtype", dtype, List.of("f32"), List.of("bf16"));
        Objective objective = objectives.objective();
        OptimizerConfig optimizer = optimizers.optimizer();
        TrainingConfig training = loop.config();
        if (out.toAbsolutePath()
                .normalize()
                .equals(model.directory().toAbsolutePath().normalize())) {
            throw new ParameterException(
                    spec.commandLine(), "--out must not be the folder of --model, which would be overwritten");
        }
        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(model.directory());
                ModelText loaded = text.load(model)) {
            HuggingFaceWriter writer = writer(base);
            writer.checkTarget(out);
            train(objective, optimizer, training, text.encoder(loaded), writer);
        }
        return 0;
    }

    private void train(
            Objective objective,
            OptimizerConfig optimizer,
            TrainingConfig training,
            Encoder encoder,
            HuggingFaceWriter writer)
            throws IOException {
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = DecoderPolicy.load(model.directory(), workers)) {
            Dataset examples = data.load(encoder, policy.config());
            Optional<Dataset> evaluation =
                    Optional.ofNullable(evaluationFile).map(file -> data.load(List.of(file), encoder, policy.config()));
            ProvenanceWriter provenance = new ProvenanceWriter(
                    out.resolve("training.json"), baseFiles(), data.files(), Map.of("threads", workers.size()));
            Trainer.Builder trainer = Trainer.builder()
                    .policy(policy)
                    .workers(workers)
                    .objective(objective)
                    .optimizer(optimizer)
                    .config(training)
                    .data(examples)
                    .checkpoints(out.resolve("checkpoints"))
                    .resume(resume)
                    .identity("base", Fingerprint.of(baseFiles()))
                    .listener(new MetricsWriter(out))
                    .listener(provenance);
            evaluation.ifPresent(trainer::evaluationData);
            try (TrainingReport report = new TrainingReport(
                    spec.commandLine().getErr(), ift.surroundings().errIsTerminal())) {
                trainer.listener(report).build().train();
            }
            writer.write(
                    out, policy.parameters().stream().map(Float32Tensor::of).toList());
            spec.commandLine().getErr().println("the tuned model is in " + out);
        }
    }

    private HuggingFaceWriter writer(HuggingFaceDirectory base) throws IOException {
        HuggingFaceWriter writer = HuggingFaceWriter.basedOn(base);
        if (text.chatTemplate().isPresent()) {
            return writer.withFile(
                    TEMPLATE, Files.readAllBytes(text.chatTemplate().get()));
        }
        return writer;
    }

    private List<Path> baseFiles() throws IOException {
        try (Stream<Path> files = Files.list(model.directory())) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}

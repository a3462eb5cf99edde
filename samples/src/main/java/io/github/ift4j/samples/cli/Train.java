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
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TrainingOptions;
import io.github.ift4j.jlama.kernel.GemmChoice;
import io.github.ift4j.jlama.text.ModelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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
                "Tunes a model on good answers. Writes a HuggingFace folder with the tuned weights, or a PEFT folder "
                        + "with an adapter, and metrics.jsonl (one line a step), training.json (how it was made) and "
                        + "checkpoints.")
final class Train implements Callable<Integer> {
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

    @Mixin
    private LoraOptions lora;

    @Mixin
    private MemoryOptions memory;

    @Mixin
    private GemmOptions gemm;

    @Option(names = "--eval-data", paramLabel = "FILE", description = "Examples to measure the model on, not learned.")
    private Path evaluationFile;

    @Option(names = "--resume", description = "Go on from the newest checkpoint in --out, with the same options.")
    private boolean resume;

    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16",
            defaultValue = "f32",
            description = "Format of the written weights, which are learned in f32; default ${DEFAULT-VALUE}.")
    private String dtype;

    @Option(
            names = "--config",
            paramLabel = "FILE.yaml",
            description = "Options by the same names, without dashes; those of the command line go first.")
    private Path config;

    @Override
    public Integer call() throws IOException {
        ElementType type = Dtype.of(spec.commandLine(), dtype);
        Objective objective = objectives.objective();
        OptimizerConfig optimizer = optimizers.optimizer();
        TrainingConfig training = loop.config();
        TrainingOptions options = gemm.of(memory.options());
        Optional<PeftConfig> adapter = lora.config()
                .map(config -> config.withBaseModel(model.directory().toString()));
        if (out.toAbsolutePath()
                .normalize()
                .equals(model.directory().toAbsolutePath().normalize())) {
            throw new ParameterException(
                    spec.commandLine(), "--out must not be the folder of --model, which would be overwritten");
        }
        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(model.directory());
                ModelText loaded = text.load(model)) {
            TunedModel tuned = TunedModel.of(base, adapter, type, text.chatTemplate());
            tuned.checkTarget(out);
            train(objective, optimizer, training, options, adapter, text.encoder(loaded), tuned);
        }
        return 0;
    }

    private void train(
            Objective objective,
            OptimizerConfig optimizer,
            TrainingConfig training,
            TrainingOptions options,
            Optional<PeftConfig> adapter,
            Encoder encoder,
            TunedModel tuned)
            throws IOException {
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = policy(adapter, training, options, workers)) {
            Dataset examples = data.load(encoder, policy.config());
            Optional<Dataset> evaluation =
                    Optional.ofNullable(evaluationFile).map(file -> data.load(List.of(file), encoder, policy.config()));
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("threads", workers.size());
            details.put("dtype", dtype);
            GemmChoice products = policy.options().gemm();
            details.put("gemm", GemmOptions.name(products));
            adapter.ifPresent(config -> details.put("adapter", LoraOptions.described(config)));
            ProvenanceWriter provenance =
                    new ProvenanceWriter(out.resolve("training.json"), baseFiles(), data.files(), details);
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
            adapter.ifPresent(config -> trainer.identity("adapter", config.toString()));
            if (products != GemmChoice.VECTOR) {
                trainer.identity("gemm", GemmOptions.name(products));
            }
            try (TrainingReport report = new TrainingReport(
                    spec.commandLine().getErr(), ift.surroundings().errIsTerminal())) {
                trainer.listener(report).build().train();
            }
            tuned.write(out, policy);
            spec.commandLine()
                    .getErr()
                    .println((adapter.isPresent() ? "the adapter is in " : "the tuned model is in ") + out);
        }
    }

    private DecoderPolicy policy(
            Optional<PeftConfig> adapter, TrainingConfig training, TrainingOptions options, Workers workers) {
        return adapter.map(config -> DecoderPolicy.adapt(model.directory(), config, training.seed(), options, workers))
                .orElseGet(() -> DecoderPolicy.load(model.directory(), options, workers));
    }

    private List<Path> baseFiles() throws IOException {
        try (Stream<Path> files = Files.list(model.directory())) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}

package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Encoder;
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
import java.util.ArrayList;
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
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift train}: tunes a model and writes the result as a model of its own. */
@Command(
        name = "train",
        description = "Tunes a model on good answers, on pairs of a better and a worse one, or on rated ones. Writes a"
                + " HuggingFace folder with the tuned weights, or a PEFT folder with an adapter, and metrics.jsonl"
                + " (one line a step), training.json (how it was made) and checkpoints.")
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

    @Option(
            names = NextStage.OPTION,
            paramLabel = "OPTIONS",
            parameterConsumer = NextStage.Rest.class,
            description = "Go on with the result in another stage. Its options follow, --method among them; what is not"
                    + " given of data and training is as in the stage before. The files of the earlier stage are"
                    + " in OUT/stage-1-METHOD.")
    private List<String> then;

    @Override
    public Integer call() throws IOException {
        ElementType type = Dtype.of(spec.commandLine(), dtype);
        List<Stage> stages = stages();
        TrainingOptions options = gemm.of(memory.options());
        Optional<PeftConfig> adapter = lora.config()
                .map(config -> config.withBaseModel(model.directory().toString()));
        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(model.directory());
                ModelText loaded = text.load(model)) {
            TunedModel tuned = TunedModel.of(base, adapter, type, text.chatTemplate());
            base.checkIsNot(out);
            tuned.checkTarget(out);
            train(stages, options, adapter, text.encoder(loaded), tuned);
        }
        return 0;
    }

    /** This stage and those after it; the last one writes its files beside the result. */
    private List<Stage> stages() {
        List<Train> commands = new ArrayList<>(List.of(this));
        while (commands.getLast().then != null) {
            Train last = commands.getLast();
            commands.add(NextStage.parse(new Train(), last.spec.commandLine().getParseResult(), last.then));
        }
        List<Stage> stages = new ArrayList<>();
        for (Train command : commands) {
            String method = command.objectives.method();
            Path folder = command.then == null ? out : out.resolve("stage-" + (stages.size() + 1) + "-" + method);
            stages.add(command.stage(folder));
        }
        return stages;
    }

    private Stage stage(Path folder) {
        TrainingConfig training = loop.config();
        Usage.require(spec, training.evalEvery() == 0 || evaluationFile != null, "--eval-every needs --eval-data");
        return new Stage(
                objectives.objective(),
                optimizers.optimizer(),
                training,
                data,
                Optional.ofNullable(evaluationFile),
                folder);
    }

    private void train(
            List<Stage> stages,
            TrainingOptions options,
            Optional<PeftConfig> adapter,
            Encoder encoder,
            TunedModel tuned)
            throws IOException {
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = policy(adapter, stages.getFirst().training(), options, workers)) {
            List<Path> baseFiles = baseFiles();
            String base = Fingerprint.of(baseFiles);
            List<Stage.Data> data = stages.stream()
                    .map(stage -> stage.load(encoder, policy.config()))
                    .toList();
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("threads", workers.size());
            details.put("dtype", dtype);
            GemmChoice products = policy.options().gemm();
            details.put("gemm", GemmOptions.name(products));
            adapter.ifPresent(config -> details.put("adapter", LoraOptions.described(config)));
            List<String> earlier = new ArrayList<>();
            for (int i = 0; i < stages.size(); i++) {
                Stage stage = stages.get(i);
                Trainer.Builder trainer = stage.trainer(data.get(i))
                        .policy(policy)
                        .workers(workers)
                        .resume(resume)
                        .identity("base", base)
                        .listener(new MetricsWriter(stage.folder()))
                        .listener(new ProvenanceWriter(
                                stage.folder().resolve("training.json"),
                                baseFiles,
                                stage.data().files(),
                                details));
                adapter.ifPresent(config -> trainer.identity("adapter", config.toString()));
                if (products != GemmChoice.VECTOR) {
                    trainer.identity("gemm", GemmOptions.name(products));
                }
                if (i > 0) {
                    trainer.identity("earlier stages", String.join(", then ", earlier));
                }
                run(trainer);
                earlier.add(stage.identity(data.get(i)));
                details.put("earlier_stages", List.copyOf(earlier));
            }
            tuned.write(out, policy);
            spec.commandLine()
                    .getErr()
                    .println((adapter.isPresent() ? "the adapter is in " : "the tuned model is in ") + out);
        }
    }

    private void run(Trainer.Builder trainer) {
        try (TrainingReport report = new TrainingReport(
                spec.commandLine().getErr(), ift.surroundings().errIsTerminal())) {
            trainer.listener(report).build().train();
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

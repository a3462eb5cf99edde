package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingListener;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.decoder.TrainingOptions;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.kernel.GemmChoice;
import io.github.ift4j.jlama.kernel.ReadBandwidth;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift bench}: how long a training step takes, or how fast answers are generated. */
@Command(
        name = "bench",
        description =
                "Measures training steps (scores, gradients, RMSprop) on random tokens or, with --generate, how fast"
                        + " prompts are read and answers written. Prints one JSON line. With --sweep it measures"
                        + " many steps and draws how their cost grows.")
final class Bench implements Callable<Integer> {
    private static final int WARMUP_STEPS = 2;
    private static final int PROMPT_TOKENS = 128;
    private static final int NEW_TOKENS = 64;
    private static final int STREAMS = 1;
    private static final double LEARNING_RATE = 5e-7;
    private static final long SEED = 0;
    private static final float WEIGHT_DEVIATION = 0.02f;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shape",
            paramLabel = "5m|15m|42m|135m",
            description = "A Llama of this size with random weights.")
    private String shape;

    @Option(names = "--model", paramLabel = "DIR", description = "A model to measure in place of a shape.")
    private Path model;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "4",
            description = "Sequences of a step; default ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "256",
            description = "Tokens of a sequence; default ${DEFAULT-VALUE}.")
    private int length;

    @Option(
            names = "--prompt-fraction",
            paramLabel = "F",
            defaultValue = "0.5",
            description = "Share of a sequence that is not learned; default ${DEFAULT-VALUE}.")
    private double promptFraction;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "7",
            description = "Steps, or answers of each stream, of which the first " + WARMUP_STEPS
                    + " do not count; default ${DEFAULT-VALUE}.")
    private int steps;

    @Mixin
    private GemmOptions gemm;

    @Option(
            names = "--lora-rank",
            paramLabel = "R",
            description = "Tune low-rank adapters of that rank on all linear layers in place of the weights.")
    private Integer loraRank;

    @Mixin
    private MemoryOptions memory;

    @Option(names = "--generate", description = "Measure the generation of answers.")
    private boolean generate;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "P",
            description = "With --generate: tokens of each prompt; default " + PROMPT_TOKENS + ".")
    private Integer promptTokens;

    @Option(
            names = "--new-tokens",
            paramLabel = "N",
            description = "With --generate: tokens of each answer; default " + NEW_TOKENS + ".")
    private Integer newTokens;

    @Option(
            names = "--streams",
            paramLabel = "S",
            description = "With --generate: requests at a time; default " + STREAMS + ".")
    private Integer streams;

    @Option(
            names = "--sweep",
            paramLabel = "DIR",
            description =
                    "Measure IFT and SFT over lengths, batches and sizes of models, some minutes in all, each in a"
                        + " process of its own; write sweep.jsonl, a line for each, and pictures (PNG) to that folder."
                        + " Steps that the file already has are not measured again. Takes the other options of a step,"
                        + " except those that it varies.")
    private Path sweep;

    @Mixin
    private DraftOptions draft;

    @Option(
            names = "--draft-shape",
            paramLabel = "15m|135m",
            description = "With --generate: a Llama of this size with random weights and the model's vocabulary as the"
                    + " draft.")
    private String draftShape;

    @Mixin
    private ObjectiveOptions objectiveOptions;

    @Option(
            names = "--weights",
            paramLabel = "f32|bf16|q8|q4",
            description = "With --generate and --shape: the format of the weights; default f32.")
    private String weights;

    @Option(
            names = "--guided",
            description =
                    "With --generate and --shape: after each answer measure one that is guided by a JSON schema, too.")
    private boolean guided;

    @ParentCommand
    private Ift ift;

    @Override
    public Integer call() {
        if (sweep != null) {
            BenchSweep.of(spec, sweep, ift.surroundings()).run();
            return 0;
        }
        check();
        if (generate) {
            generate();
            return 0;
        }
        Objective objective = objectiveOptions.objective();
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = policy(workers)) {
            if (length > policy.config().contextLength()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--length " + length + " is more than the model's context of "
                                + policy.config().contextLength());
            }
            double seconds = secondsPerStep(objective, policy, workers);
            spec.commandLine().getOut().println(Json.line(report(objective, policy, workers, seconds)));
        }
        return 0;
    }

    private void generate() {
        BenchGeneration bench = new BenchGeneration(
                promptTokens == null ? PROMPT_TOKENS : promptTokens,
                newTokens == null ? NEW_TOKENS : newTokens,
                streams == null ? STREAMS : streams);
        require(bench.promptTokens() >= 1, "--prompt-tokens must be at least 1, was " + promptTokens);
        require(bench.newTokens() >= 2, "--new-tokens must be at least 2, was " + newTokens);
        require(bench.streams() >= 1, "--streams must be at least 1, was " + streams);
        int tokens = Math.addExact(bench.promptTokens(), bench.newTokens());
        try (Workers workers = Workers.fromEnvironment();
                Decoder decoder = decoder(tokens, workers)) {
            require(
                    tokens <= decoder.contextLength(),
                    "--prompt-tokens and --new-tokens are " + tokens + " together, more than the model's context of "
                            + decoder.contextLength());
            List<BenchGeneration.Speed> speeds = new ArrayList<>();
            List<BenchGeneration.Speed> guidedSpeeds = new ArrayList<>();
            Optional<Guide> guide =
                    guided ? Optional.of(BenchGuide.of(decoder.vocabularySize(), bench.newTokens())) : Optional.empty();
            Optional<Decoder> drafter = draft(tokens, decoder.vocabularySize(), workers);
            try {
                for (int run = 0; run < steps; run++) {
                    Optional<TokenModel> small = drafter.map(TokenModel.class::cast);
                    speeds.add(bench.run(decoder, small, Optional.empty(), run));
                    if (guide.isPresent()) {
                        guidedSpeeds.add(bench.run(decoder, small, guide, run));
                    }
                }
            } finally {
                drafter.ifPresent(Decoder::close);
            }
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("shape", shape == null ? model.toString() : shape);
            report.put("prompt_tokens", bench.promptTokens());
            report.put("new_tokens", bench.newTokens());
            report.put("streams", bench.streams());
            report.put("threads", workers.size());
            report.put("prefill_tokens_per_second", median(speeds, BenchGeneration.Speed::prefill));
            double decode = median(speeds, BenchGeneration.Speed::decode);
            report.put("decode_tokens_per_second", decode);
            if (guided) {
                double guidedDecode = median(guidedSpeeds, BenchGeneration.Speed::decode);
                report.put("guided_tokens_per_second", guidedDecode);
                report.put("guided_share", guidedDecode / decode);
            }
            if (shape != null) {
                report.put("weights", weights == null ? "f32" : weights);
            }
            if (shape != null && bench.streams() == 1 && drafter.isEmpty()) {
                double bytes = weightFormat().bytesPerWeight() * weightsRead(tokens);
                double bandwidth = ReadBandwidth.measure(workers);
                report.put("weight_mb_per_token", bytes * 1e-6);
                report.put("read_gb_per_second", bandwidth * 1e-9);
                report.put("share_of_bandwidth", decode * bytes / bandwidth);
            }
            if (drafter.isPresent()) {
                List<BenchGeneration.Speed> counted = speeds.subList(WARMUP_STEPS, steps);
                report.put(
                        "drafted_tokens",
                        counted.stream()
                                .mapToInt(BenchGeneration.Speed::drafted)
                                .sum());
                report.put(
                        "accepted_tokens",
                        counted.stream()
                                .mapToInt(BenchGeneration.Speed::accepted)
                                .sum());
            }
            PeakMemory.megabytes().ifPresent(peak -> report.put("peak_rss_mb", peak));
            spec.commandLine().getOut().println(Json.line(report));
        }
    }

    private Decoder decoder(int tokens, Workers workers) {
        if (model != null) {
            return Decoder.load(model, workers);
        }
        BenchShape known = BenchShape.named(spec.commandLine(), shape);
        return Decoder.initialise(
                known.config(tokens), new WeightInitialiser(SEED, WEIGHT_DEVIATION, weightFormat()), workers);
    }

    private WeightFormat weightFormat() {
        return switch (weights) {
            case null -> WeightFormat.FLOAT32;
            case "f32" -> WeightFormat.FLOAT32;
            case "bf16" -> WeightFormat.BFLOAT16;
            case "q8" -> WeightFormat.EIGHT_BITS;
            case "q4" -> WeightFormat.FOUR_BITS;
            default ->
                throw new ParameterException(
                        spec.commandLine(), "--weights must be f32, bf16, q8 or q4, was '" + weights + "'");
        };
    }

    /** Weights of all matrices that the step of one token reads. */
    private long weightsRead(int tokens) {
        DecoderConfig config = BenchShape.named(spec.commandLine(), shape).config(tokens);
        return config.layers().size() * config.weightsPerToken() + (long) config.hiddenSize() * config.vocabularySize();
    }

    /** What drafts, if anything does. A shape's weights are others than those of a shape that answers. */
    private Optional<Decoder> draft(int tokens, int vocabulary, Workers workers) {
        return draft.directory()
                .map(folder -> Decoder.load(folder, workers))
                .or(() -> Optional.ofNullable(draftShape)
                        .map(name -> Decoder.initialise(
                                BenchShape.named(spec.commandLine(), name).config(tokens, vocabulary),
                                new WeightInitialiser(SEED + 1, WEIGHT_DEVIATION),
                                workers)));
    }

    private static double median(List<BenchGeneration.Speed> speeds, ToDoubleFunction<BenchGeneration.Speed> value) {
        return median(speeds.stream().map(value::applyAsDouble).toList());
    }

    /** Of what was measured after the warm-up. */
    private static double median(List<Double> values) {
        List<Double> counted =
                values.subList(WARMUP_STEPS, values.size()).stream().sorted().toList();
        return counted.get(counted.size() / 2);
    }

    private void check() {
        require((shape == null) != (model == null), "give either --shape or --model");
        require(
                generate || promptTokens == null && newTokens == null && streams == null,
                "--prompt-tokens, --new-tokens and --streams need --generate");
        require(
                generate || draft.directory().isEmpty() && draftShape == null,
                "--draft and --draft-shape need --generate");
        require(weights == null || generate && shape != null, "--weights needs --generate and --shape");
        require(!guided || generate && shape != null, "--guided needs --generate and --shape");
        weightFormat();
        require(draft.directory().isEmpty() || draftShape == null, "give either --draft or --draft-shape");
        require(!generate || options().gemm() == GemmChoice.VECTOR, "--generate answers in float32: leave --gemm out");
        require(batch >= 1, "--batch must be at least 1, was " + batch);
        require(length >= 2, "--length must be at least 2, was " + length);
        require(steps > WARMUP_STEPS, "--steps must be more than " + WARMUP_STEPS + ", was " + steps);
        require(
                promptFraction >= 0 && learnedFrom() < length,
                "--prompt-fraction must be at least 0 and leave something to learn, was " + promptFraction);
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private TrainingOptions options() {
        return gemm.of(memory.options());
    }

    private DecoderPolicy policy(Workers workers) {
        TrainingOptions options = options();
        Optional<PeftConfig> adapter = Optional.ofNullable(loraRank)
                .map(rank -> Usage.check(spec, () -> PeftConfig.of(rank, 2.0 * rank, new PeftTargets.AllLinear())));
        if (model != null) {
            return adapter.map(lora -> DecoderPolicy.adapt(model, lora, SEED, options, workers))
                    .orElseGet(() -> DecoderPolicy.load(model, options, workers));
        }
        DecoderConfig config = BenchShape.named(spec.commandLine(), shape).config(Math.max(length, 2));
        WeightInitialiser random = new WeightInitialiser(SEED, WEIGHT_DEVIATION);
        return adapter.map(lora -> DecoderPolicy.initialise(config, random, lora, SEED, options, workers))
                .orElseGet(() -> DecoderPolicy.initialise(config, random, options, workers));
    }

    private double secondsPerStep(Objective objective, DecoderPolicy policy, Workers workers) {
        List<Double> seconds = new ArrayList<>();
        Trainer.builder()
                .policy(policy)
                .workers(workers)
                .objective(objective)
                .optimizer(OptimizerConfig.RmsPropConfig.withDefaults())
                .data(randomData(policy.config().vocabularySize()))
                .config(TrainingConfig.builder()
                        .batchSize(batch)
                        .maxSteps(steps)
                        .shuffle(false)
                        .learningRate(LEARNING_RATE)
                        .schedule(LearningRateSchedule.CONSTANT)
                        .build())
                .listener(new TrainingListener() {
                    @Override
                    public void onStep(StepMetrics step) {
                        seconds.add(step.seconds());
                    }
                })
                .build()
                .train();
        return median(seconds);
    }

    private Dataset randomData(int vocabulary) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            int[] ids = new int[length];
            int[] labels = new int[length];
            for (int t = 0; t < length; t++) {
                ids[t] = random.nextInt(vocabulary);
                labels[t] = t < learnedFrom() ? Sequence.IGNORE : ids[t];
            }
            examples.add(Example.of(new Sequence(ids, labels), "random:" + (i + 1)));
        }
        return Dataset.of(examples);
    }

    private int learnedFrom() {
        return Math.max(1, (int) Math.floor(length * promptFraction));
    }

    private Map<String, Object> report(Objective objective, DecoderPolicy policy, Workers workers, double seconds) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("shape", shape == null ? model.toString() : shape);
        report.put("method", objectiveOptions.method());
        report.put("batch", batch);
        report.put("length", length);
        report.put("prompt_tokens", learnedFrom());
        report.put("threads", workers.size());
        report.put("seconds_per_step", seconds);
        report.put("tokens_per_second", batch * length / seconds);
        if (loraRank == null) {
            double operations = batch
                    * new StepCost(policy.config())
                            .operations(
                                    length, learnedFrom(), objective.residual().isPresent());
            report.put("gflops", operations / seconds * 1e-9);
        }
        PeakMemory.megabytes().ifPresent(peak -> report.put("peak_rss_mb", peak));
        report.put("gemm", GemmOptions.name(policy.options().gemm()));
        report.put("recompute", policy.options().recompute());
        if (loraRank != null) {
            report.put("lora_rank", loraRank);
        }
        return report;
    }
}

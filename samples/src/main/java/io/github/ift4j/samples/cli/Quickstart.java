package io.github.ift4j.samples.cli;

import dev.langchain4j.model.chat.ChatModel;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.tiny.ChatExample;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift quickstart}: the embedded model before and after IFT. */
@Command(
        name = "quickstart",
        description = "Asks the embedded model questions, tunes it with IFT on good answers, and asks again, through a"
                + " LangChain4j chat model. On a terminal the chat goes on. Prints the exact matches before and"
                + " after as JSON.")
final class Quickstart implements Callable<Integer> {
    private static final int SHOWN = 4;
    private static final int MAX_ANSWER_TOKENS = 64;

    /** A thousand times the paper's learning rate, as small models need and stand large steps, and a minute or two on two cores. */
    private static final TrainingConfig TRAINING = TrainingConfig.builder()
            .epochs(3)
            .batchSize(16)
            .learningRate(5e-4)
            .warmupRatio(0.1)
            .maxGradientNorm(1)
            .build();

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Ift ift;

    @Mixin
    private SamplingOptions sampling;

    @Option(
            names = "--questions",
            paramLabel = "N",
            description = "How many of the held-out questions to ask; default all.")
    private Integer questions;

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        List<ChatExample> all = EmbeddedModel.chats().test();
        List<ChatExample> asked = spread(all, questions == null ? all.size() : Math.clamp(questions, 1, all.size()));
        try (TemporaryFolder folder = TemporaryFolder.create("ift-quickstart")) {
            Path base = folder.path().resolve("base");
            Path data = folder.path().resolve("data");
            Path tuned = folder.path().resolve("tuned");
            EmbeddedModel.copyModel(base);
            EmbeddedModel.copyData(data);
            Exam before = ask(base, asked, "asking before");
            tune(base, data.resolve("tuning.jsonl"), tuned);
            Exam after = ask(tuned, asked, "asking after");
            double seconds = (System.nanoTime() - start) * 1e-9;
            show(before, after);
            chatOn(tuned);
            report(before, after, seconds);
        }
        return 0;
    }

    /** Some of the questions, evenly over all kinds. */
    private static List<ChatExample> spread(List<ChatExample> all, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
    }

    private Exam ask(Path directory, List<ChatExample> asked, String task) {
        try (IftEngine engine = IftEngine.load(directory);
                Progress progress = progress(task, asked.size())) {
            ChatModel model = IftChatModel.builder()
                    .engine(engine)
                    .temperature(0.0)
                    .maxOutputTokens(MAX_ANSWER_TOKENS)
                    .build();
            return Exam.of(model, asked, progress);
        }
    }

    private void tune(Path base, Path data, Path tuned) {
        try (Workers workers = Workers.fromEnvironment();
                ModelText text = ModelText.load(base, Optional.empty());
                HuggingFaceDirectory files = HuggingFaceDirectory.open(base);
                DecoderPolicy policy = DecoderPolicy.load(base, workers);
                TrainingReport report = new TrainingReport(
                        spec.commandLine().getErr(), ift.surroundings().errIsTerminal())) {
            Trainer.builder()
                    .policy(policy)
                    .workers(workers)
                    .objective(IntuitiveFineTuning.withDefaults())
                    .optimizer(OptimizerConfig.AdamWConfig.withDefaults())
                    .data(Dataset.load(
                            List.of(data), text.encoder(false), policy.config().contextLength()))
                    .config(TRAINING)
                    .listener(report)
                    .build()
                    .train();
            HuggingFaceWriter.basedOn(files)
                    .write(
                            tuned,
                            policy.parameters().stream().map(Float32Tensor::of).toList());
        }
    }

    private void show(Exam before, Exam after) {
        PrintWriter out = spec.commandLine().getOut();
        int count = before.questions().size();
        for (int shown = 0; shown < Math.min(SHOWN, count); shown++) {
            int i = shown * count / Math.min(SHOWN, count);
            out.println("question  " + before.questions().get(i).question());
            out.println("  before  " + before.answers().get(i).replaceAll("\\R", " "));
            out.println("  after   " + after.answers().get(i).replaceAll("\\R", " "));
            out.println("  right   " + before.questions().get(i).answer());
        }
        out.flush();
    }

    private void chatOn(Path tuned) throws IOException {
        if (!ift.surroundings().inIsTerminal()) {
            return;
        }
        try (IftEngine engine = IftEngine.load(tuned)) {
            Conversation conversation = new Conversation(engine.textModel(), sampling, false);
            new ChatLoop(ift.surroundings(), spec.commandLine().getOut()).run(conversation::say);
        }
    }

    private void report(Exam before, Exam after, double seconds) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("exact_match_before", before.exactMatch());
        line.put("exact_match_after", after.exactMatch());
        line.put("examples", after.questions().size());
        line.put("seconds", seconds);
        spec.commandLine().getOut().println(Json.line(line));
    }

    private Progress progress(String task, int total) {
        return Progress.start(spec.commandLine().getErr(), ift.surroundings().errIsTerminal(), task, total);
    }
}

package io.github.ift4j.samples.tiny;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.core.training.TrainingListener;
import io.github.ift4j.core.training.TrainingRun;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Makes the embedded model and its chats again, from nothing but seeds:
 *
 * <pre>samples/bin/ift make-tiny-model</pre>
 *
 * It writes about the world, learns a vocabulary from the text, pre-trains a {@link TinyModel} on it with this project's
 * trainer, and writes everything where the build packs it up: {@code model/} (a HuggingFace directory) and {@code data/}
 * (tuning.jsonl, test.jsonl). On the same machine the weights come out the same to the last bit, whatever the number of threads.
 */
@Command(name = "make-tiny-model", hidden = true, description = "Pre-trains the embedded model from scratch.")
public final class MakeTinyModel implements Callable<Integer> {
    private static final String RESOURCES = "samples/src/main/resources/io/github/ift4j/samples/tiny";
    private static final long VOCABULARY_SEED = 3;
    private static final int VOCABULARY_DOCUMENTS = 4_000;
    private static final long CORPUS_SEED = 5;
    private static final long TRAINING_SEED = 7;
    private static final int TELL_EVERY = 50;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to; default: ${DEFAULT-VALUE}.",
            defaultValue = RESOURCES)
    private Path out;

    @Option(
            names = "--documents",
            paramLabel = "N",
            description = "How much to read, 80 tokens each; default: ${DEFAULT-VALUE}.",
            defaultValue = "40000")
    private int documents;

    @Override
    public Integer call() throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        make(out, documents, new Teller(err));
        err.println("wrote " + out);
        return 0;
    }

    /**
     * Makes model and data.
     *
     * @param out folder that gets {@code model/} and {@code data/}; what is there is replaced
     * @param documents number of documents to pre-train on
     * @param listener follows the pre-training
     * @throws IOException when a file cannot be written
     */
    static void make(Path out, int documents, TrainingListener listener) throws IOException {
        World world = World.of(World.SEED);
        writeChats(EmbeddedModel.chats(), out.resolve("data"));
        Corpus corpus = new Corpus(world);
        BytePairVocabulary vocabulary =
                TokenizerTrainer.train(corpus.documents(VOCABULARY_SEED, VOCABULARY_DOCUMENTS), TinyModel.VOCABULARY);
        HuggingFaceWriter writer = HuggingFaceWriter.of(TinyModel.config())
                .withFile("generation_config.json", json(TinyModel.generationConfig()))
                .withFile("tokenizer.json", json(TokenizerJson.tokenizer(vocabulary)))
                .withFile("tokenizer_config.json", json(TokenizerJson.config(TinyModel.CONTEXT)));
        try (Workers workers = Workers.fromEnvironment();
                Tokenizer tokenizer = TokenizerJson.load(vocabulary);
                DecoderPolicy policy = Pretraining.run(
                        corpus.documents(CORPUS_SEED, documents), tokenizer, TRAINING_SEED, workers, listener)) {
            Path model = out.resolve("model");
            for (String file : EmbeddedModel.MODEL_FILES) {
                Files.deleteIfExists(model.resolve(file));
            }
            writer.write(
                    model, policy.parameters().stream().map(Float32Tensor::of).toList());
        }
    }

    /** The model's vocabulary. */
    static BytePairVocabulary vocabulary(Corpus corpus) {
        return TokenizerTrainer.train(corpus.documents(VOCABULARY_SEED, VOCABULARY_DOCUMENTS), TinyModel.VOCABULARY);
    }

    private static void writeChats(ChatData chats, Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(ChatFiles.TUNING), ChatFiles.lines(chats.tuning()));
        Files.writeString(directory.resolve(ChatFiles.TEST), ChatFiles.lines(chats.test()));
    }

    private static byte[] json(ObjectNode content) throws IOException {
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(content);
    }

    /** Says now and then how far it is. */
    private static final class Teller implements TrainingListener {
        private final PrintWriter err;
        private final List<StepMetrics> untold = new ArrayList<>();
        private long totalSteps;

        Teller(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void onStart(TrainingRun run) {
            totalSteps = run.totalSteps();
            err.printf(
                    Locale.ROOT,
                    "pre-training %d parameters on %d tokens%n",
                    run.parameters(),
                    run.data().tokens());
            err.flush();
        }

        @Override
        public void onStep(StepMetrics metrics) {
            untold.add(metrics);
            if (untold.size() == TELL_EVERY || metrics.step() == totalSteps) {
                double loss =
                        untold.stream().mapToDouble(StepMetrics::loss).average().orElseThrow();
                double tokens = untold.stream().mapToLong(StepMetrics::tokens).sum();
                double seconds =
                        untold.stream().mapToDouble(StepMetrics::seconds).sum();
                err.printf(
                        Locale.ROOT,
                        "step %d/%d loss %.4f tokens/s %.0f%n",
                        metrics.step(),
                        totalSteps,
                        loss,
                        tokens / seconds);
                err.flush();
                untold.clear();
            }
        }
    }
}

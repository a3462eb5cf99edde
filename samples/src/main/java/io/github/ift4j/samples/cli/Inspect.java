package io.github.ift4j.samples.cli;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.Iterables;
import com.google.common.collect.ListMultimap;
import io.github.ift4j.core.data.DataReport;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.ExampleKind;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ConversationEncoder;
import io.github.ift4j.jlama.text.EncodedText;
import io.github.ift4j.jlama.text.ModelText;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ift inspect}: what training would see of a data set. */
@Command(
        name = "inspect",
        description = "Shows what training would see: tokens, examples that are cut or left out, memory and time.")
final class Inspect implements Callable<Integer> {
    private static final int ORIGINS_SHOWN = 20;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOptions model;

    @Mixin
    private DataOptions data;

    @Mixin
    private TextOptions text;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "8",
            description = "Examples that training would compute together, for the estimates; default ${DEFAULT-VALUE}.")
    private int batchSize;

    @Mixin
    private MemoryOptions memory;

    @Option(
            names = "--json",
            description = "Print each example as a line {\"text\", \"input_ids\", \"labels\"}; a pair as two, with"
                    + " \"desirable\".")
    private boolean json;

    @Override
    public Integer call() {
        if (batchSize < 1) {
            throw new ParameterException(spec.commandLine(), "--batch-size must be at least 1, was " + batchSize);
        }
        try (ModelText loaded = text.load(model)) {
            if (json) {
                printExamples(loaded);
            } else {
                printSummary(loaded);
            }
        }
        return 0;
    }

    private void printExamples(ModelText loaded) {
        ConversationEncoder encoder = text.encoder(loaded);
        ExampleKind kind = data.kind();
        int shown = kind == ExampleKind.PREFERENCE ? 2 : 1;
        ListMultimap<String, String> texts = ArrayListMultimap.create();
        Dataset examples = data.load(
                kind,
                record -> {
                    EncodedText encoded = encoder.encodeText(record);
                    if (texts.get(record.origin()).size() == shown) {
                        texts.removeAll(record.origin());
                    }
                    texts.put(record.origin(), encoded.text());
                    return encoded.sequence();
                },
                config());
        for (Example example : examples.examples()) {
            for (int s = 0; s < shown; s++) {
                Sequence sequence = example.sequences().get(s);
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("text", texts.get(example.origin()).get(s));
                line.put("input_ids", sequence.inputIds());
                line.put("labels", sequence.labels());
                if (kind != ExampleKind.DEMONSTRATION) {
                    line.put("desirable", sequence.desirable());
                }
                spec.commandLine().getOut().println(Json.line(line));
            }
        }
    }

    private DecoderConfig config() {
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(model.directory())) {
            return DecoderConfig.of(
                    files.config(), model.directory().resolve("config.json").toString());
        }
    }

    private void printSummary(ModelText loaded) {
        PrintWriter out = spec.commandLine().getOut();
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy = DecoderPolicy.load(model.directory(), memory.options(), workers)) {
            Dataset examples = data.load(data.kind(), text.encoder(loaded), policy.config());
            DataReport report = examples.report();
            print(out, "examples", "%,d", report.examples());
            print(out, "tokens", "%,d", report.tokens());
            print(out, "learned tokens", "%,d", report.labelledTokens());
            print(out, "longest example", "%,d tokens", report.longest());
            printOrigins(out, "cut to the limit", report.truncated());
            printOrigins(out, "left out", report.dropped());
            if (!report.identical().isEmpty()) {
                printOrigins(out, "same answer twice", report.identical());
            }
            if (!report.empty().isEmpty()) {
                printOrigins(out, "empty answer", report.empty());
            }
            TrainingCost cost = new TrainingCost(policy, examples, batchSize);
            print(out, "memory", "about %,d MiB beside the Java heap, batches of %d", cost.megabytes(), batchSize);
            print(out, "time", "about %,.0f s for an epoch of IFT on this machine", cost.secondsPerEpoch());
        }
    }

    private static void printOrigins(PrintWriter out, String name, List<String> origins) {
        print(out, name, "%,d", origins.size());
        Iterables.limit(origins, ORIGINS_SHOWN).forEach(origin -> out.println("  " + origin));
        if (origins.size() > ORIGINS_SHOWN) {
            out.println("  and " + (origins.size() - ORIGINS_SHOWN) + " more");
        }
    }

    private static void print(PrintWriter out, String name, String format, Object... values) {
        out.printf(Locale.ROOT, "%-17s%s%n", name, String.format(Locale.ROOT, format, values));
    }
}

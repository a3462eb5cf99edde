package io.github.ift4j.langchain4j.conformance;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingResult;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.Tokenizer;
import io.github.ift4j.langchain4j.ByteTokenizer;
import io.github.ift4j.langchain4j.ByteTokenizer.Merge;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.ScriptedModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The model that LangChain4j's suites are run against: a conformance fixture, no claim of quality. It is a Llama of half a million
 * parameters, tuned in the test run from random weights on exactly what the suites ask and nothing else, with our own trainer, then
 * saved, loaded and served. All suites of a JVM share one.
 *
 * <p>What they ask is in {@code exchanges.jsonl}. When prompts have changed, it is written anew by
 * {@code mvn -pl ift-langchain4j -am test -Dtest=*ConformanceTest -Dift.conformance.record=FILE -Dsurefire.failIfNoSpecifiedTests=false},
 * which runs the suites against a script instead.
 */
final class ConformanceFixture {
    /** Hermes' format in the marks of the byte tokenizer. */
    static final String TEMPLATE = """
        {%- if tools %}<|system|>{% if messages[0].role == 'system' %}{{ messages[0].content }}
        {% endif %}{% for t in tools %}{{ t.function | tojson }}
        {% endfor %}<|end|>{% endif %}
        {%- for m in messages %}{% if not (tools and m.role == 'system') %}<|{{ m.role }}|>{{ m.content }}
        {%- for c in m.tool_calls %}{% if not loop.first or m.content %}{{ '\\n' }}{% endif %}<tool_call>
        {{ '{"name": "' + c.function.name + '", "arguments": ' }}{{ c.function.arguments | tojson }}}
        </tool_call>
        {%- endfor %}<|end|>{% endif %}{% endfor %}
        {%- if add_generation_prompt %}<|assistant|>{% endif %}{# 'tool' #}\
        """;

    /** Another name that requests may choose. */
    static final String ADAPTER = "adapted";

    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
    private static final int DATES = 4;
    private static final String RECORD = "ift.conformance.record";
    private static final int MERGES = 600;
    private static final int CONTEXT = 1024;
    private static final int EPOCHS = 30;
    private static final long SEED = 7;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ConformanceFixture() {}

    /** The engine that all suites of this JVM share. */
    static IftEngine engine() {
        return Shared.ENGINE;
    }

    private static final class Shared {
        private static final IftEngine ENGINE = System.getProperty(RECORD) == null
                ? withAdapter(train(exchanges(), EPOCHS, "tuned"))
                : recorder(Path.of(System.getProperty(RECORD)));
    }

    /** The model, and by another name the same with an adapter that has learned nothing, so that requests have a name to choose. */
    private static IftEngine withAdapter(Path model) {
        Path adapter = model.resolveSibling(ADAPTER);
        try (Workers workers = Workers.fromEnvironment();
                DecoderPolicy policy =
                        DecoderPolicy.adapt(model, PeftConfig.of(2, 4, new PeftTargets.AllLinear()), SEED, workers)) {
            PeftWriter.plain().write(adapter, policy.adapter().orElseThrow());
        }
        IftEngine engine = IftEngine.load(model);
        engine.loadAdapter(ADAPTER, adapter);
        return engine;
    }

    /** Answers right, and writes down what it was asked. */
    private static IftEngine recorder(Path file) {
        Answers answers = Answers.load();
        Set<String> known = ConcurrentHashMap.newKeySet();
        return IftEngine.of(ScriptedModel.answering(prompt -> {
                    String answer = answers.to(prompt);
                    if (known.add(prompt)) {
                        append(file, new Exchange(prompt, answer));
                    }
                    return answer;
                })
                .withContext(1 << 20)
                .textModel(Optional.of(TEMPLATE)));
    }

    private static synchronized void append(Path file, Exchange exchange) {
        try {
            Files.writeString(
                    file,
                    JSON.writeValueAsString(exchange) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that the suites ask. Where a question holds the date of today, other dates are added, as the day of the test is not known. */
    static List<Exchange> exchanges() {
        SplittableRandom random = new SplittableRandom(SEED);
        return recorded().stream()
                .flatMap(exchange -> DATE.matcher(exchange.prompt()).find()
                        ? IntStream.range(0, DATES).mapToObj(i -> onAnotherDay(exchange, random))
                        : Stream.of(exchange))
                .toList();
    }

    private static Exchange onAnotherDay(Exchange exchange, SplittableRandom random) {
        LocalDate day = LocalDate.of(2026, 1, 1).plusDays(random.nextInt(5_000));
        return new Exchange(DATE.matcher(exchange.prompt()).replaceAll(day.toString()), exchange.answer());
    }

    private static List<Exchange> recorded() {
        try (InputStream in = ConformanceFixture.class.getResourceAsStream("exchanges.jsonl")) {
            List<Exchange> exchanges = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                exchanges.add(JSON.readValue(line, new TypeReference<Exchange>() {}));
            }
            return exchanges;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The model that the tuning starts from, but for one step of it. */
    static TextModel untuned() {
        return TextModel.load(train(exchanges().subList(0, 1), 1, "untuned"));
    }

    /** Tunes a model and returns its folder. */
    private static Path train(List<Exchange> exchanges, int epochs, String name) {
        Path directory = Path.of("target", "conformance-fixture", name);
        List<Merge> merges = BytePairs.learn(
                exchanges().stream()
                        .flatMap(each -> Stream.of(each.prompt(), each.answer()))
                        .toList(),
                MERGES);
        ObjectNode config = config(ByteTokenizer.MARKS.size() + 0x100 + MERGES);
        try (Workers workers = Workers.fromEnvironment();
                Tokenizer tokenizer = tokenizer(directory, merges);
                DecoderPolicy policy = DecoderPolicy.initialise(
                        DecoderConfig.of(config, "the fixture's configuration"),
                        new WeightInitialiser(SEED, 0.05f),
                        workers)) {
            TrainingResult result = Trainer.builder()
                    .policy(policy)
                    .objective(new SupervisedFineTuning())
                    .optimizer(new AdamWConfig(0.9, 0.95, 1e-8, 0))
                    .data(Dataset.of(exchanges.stream()
                            .map(exchange -> example(exchange, tokenizer))
                            .toList()))
                    .config(TrainingConfig.builder()
                            .epochs(epochs)
                            .batchSize(8)
                            .learningRate(3e-3)
                            .schedule(LearningRateSchedule.COSINE)
                            .warmupRatio(0.05)
                            .maxGradientNorm(1)
                            .seed(SEED)
                            .build())
                    .workers(workers)
                    .build()
                    .train();
            HuggingFaceWriter.of(config)
                    .withFile("tokenizer.json", Files.readAllBytes(directory.resolve("tokenizer.json")))
                    .withFile("tokenizer_config.json", Files.readAllBytes(directory.resolve("tokenizer_config.json")))
                    .write(
                            directory.resolve("model"),
                            policy.parameters().stream().map(Float32Tensor::of).toList());
            return directory.resolve("model");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Tokenizer tokenizer(Path directory, List<Merge> merges) throws IOException {
        if (Files.exists(directory)) {
            MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
        }
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("tokenizer.json"), ByteTokenizer.json(merges));
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                JSON.createObjectNode()
                        .put("eos_token", "<|end|>")
                        .put("chat_template", TEMPLATE)
                        .toString());
        return Tokenizer.load(directory);
    }

    private static Example example(Exchange exchange, Tokenizer tokenizer) {
        int[] prompt = tokenizer.encode(exchange.prompt(), false);
        int[] tokens = tokenizer.encode(exchange.prompt() + exchange.answer() + "<|end|>", false);
        int[] labels = tokens.clone();
        Arrays.fill(labels, 0, prompt.length, Sequence.IGNORE);
        return Example.of(new Sequence(tokens, labels), exchange.answer());
    }

    private static ObjectNode config(int vocabulary) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("vocab_size", vocabulary)
                .put("hidden_size", 128)
                .put("intermediate_size", 256)
                .put("num_hidden_layers", 2)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 4)
                .put("head_dim", 32)
                .put("max_position_embeddings", CONTEXT)
                .put("hidden_act", "silu")
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", 10000.0)
                .put("attention_bias", false)
                .put("mlp_bias", false)
                .put("tie_word_embeddings", true)
                .put("torch_dtype", "float32")
                .put("eos_token_id", 0x104);
    }
}

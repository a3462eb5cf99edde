package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
    private static final String TRAIN = "train --model m --data d.jsonl --out o ";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quickstart",
                "train",
                "eval",
                "generate",
                "chat",
                "render",
                "inspect",
                "merge",
                "quantize",
                "frozen-lake",
                "bench",
                "sample"
            })
    void everyVerbExplainsItself(String verb) {
        Launch launch = Launch.ift(verb, "--help");

        assertThat(launch.status()).isZero();
        assertThat(launch.out()).startsWith("Usage: ift " + verb).contains("--verbose");
        assertThat(launch.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --method foo              | unknown method 'foo'; available: ift, sft, dpo, ipo, tdpo, orpo, simpo, kto
        --beta 0.1                | --beta is for method dpo, ipo, tdpo, orpo, simpo, kto, this is ift
        --method dpo --beta 0     | beta must be a number above 0, was 0.0
        --method ipo --label-smoothing 0.1 | --label-smoothing is for method dpo, this is ipo
        --method dpo --label-smoothing 1   | label-smoothing must be at least 0 and below 0.5, was 1.0
        --method dpo --margin 1   | --margin is for method simpo, this is dpo
        --method simpo --margin -1 | margin must be a number of at least 0, was -1.0
        --method tdpo --tdpo-form 3 | tdpo-form must be 1 or 2, was 3
        --method orpo --tdpo-alpha 1 | --tdpo-alpha is for method tdpo, this is orpo
        --method dpo --desirable-weight 2 | --desirable-weight is for method kto, this is dpo
        --method kto --undesirable-weight -2 | undesirable-weight must be a number of at least 0, was -2.0
        --method tdpo --tdpo-form 1 --tdpo-alpha 1 | --tdpo-alpha is for --tdpo-form 2
        --method sft --lambda 0.5 | --lambda is for method ift, this is sft
        --method dpo --gamma 0.9  | --gamma is for method ift, this is dpo
        --min-lambda 0.1          | --min-lambda needs --lambda-schedule linear
        --eval-every 5            | --eval-every needs --eval-data
        --adapter a               | Unknown options: '--adapter', 'a'
        --dtype f16               | unknown dtype 'f16'; available: f32, bf16
        --lora-alpha 8            | options of an adapter need --lora-rank R, which asks for one
        --lambda 2                | lambda must be between 0 and 1, was 2.0
        --gamma -1                | gamma must be between 0 and 1, was -1.0
        --lr fast                 | 'fast' is not a double
        --batch-size 0            | batch-size must be at least 1, was 0
        --epochs 1 --max-steps 1  | give either --epochs or --max-steps, not both
        --optimizer adam          | --optimizer
        --nonsense                | --nonsense
        """)
    void wrongOptionsOfTrainAreRefusedInOneLine(String options, String message) {
        Launch launch = Launch.ift((TRAIN + options).split(" "));

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).startsWith("ift: ").contains(message).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "bench", "inspect"})
    void activationsCanBeComputedAgain(String verb) {
        assertThat(Launch.ift(verb, "--help").out()).contains("--recompute");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --shape 15m --streams 2                 | --prompt-tokens, --new-tokens and --streams need --generate
        --generate                              | give either --shape or --model
        --shape 1b --generate                   | unknown shape '1b'; available: 5m, 15m, 42m, 135m
        --shape 15m --generate --streams 0      | --streams must be at least 1, was 0
        --shape 15m --generate --new-tokens 1   | --new-tokens must be at least 2, was 1
        --shape 15m --generate --prompt-tokens 0 | --prompt-tokens must be at least 1, was 0
        --shape 15m --generate --steps 2        | --steps must be more than 2, was 2
        --shape 15m --generate --streams many   | 'many' is not an int
        --sweep s --shape 15m                   | --sweep chooses --shape itself
        --sweep s --batch 4 --generate          | --sweep chooses --batch itself
        --shape 5m --method dpo                 | bench measures methods that learn from answers alone: ift, sft
        """)
    void wrongOptionsOfBenchAreRefusedInOneLine(String options, String message) {
        Launch launch = Launch.ift(("bench " + options).split(" "));

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).startsWith("ift: ").contains(message).hasLineCount(1);
    }

    @Test
    void aMissingModelIsAFailureInOneLine(@TempDir Path temp) {
        Launch launch = Launch.ift("generate", "--model", temp.resolve("none").toString(), "--prompt", "hello");

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err()).startsWith("ift: " + temp.resolve("none")).hasLineCount(1);
    }

    @Test
    void memoryThatHasRunOutIsAFailureInOneLine() {
        InputStream tooMuch = new InputStream() {
            @Override
            public int read() {
                throw new OutOfMemoryError("Java heap space");
            }
        };
        StringWriter err = new StringWriter();
        String[] chat = {
            "chat", "--raw", "--model", Shared.path("golden/llama/model").toString()
        };

        int status = Ift.run(
                chat,
                new Surroundings(tooMuch, false, false),
                new PrintWriter(new StringWriter()),
                new PrintWriter(err));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString())
                .isEqualToNormalizingNewlines(
                        "ift: out of memory: Java heap space; use a smaller --batch-size or --max-length\n");
    }

    @Test
    void verboseShowsWhereAnErrorCameFrom(@TempDir Path temp) {
        Launch launch = Launch.ift(
                "generate", "--verbose", "--model", temp.resolve("none").toString(), "--prompt", "hello");

        assertThat(launch.err()).contains("\tat io.github.ift4j");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        speed: 3            | 'speed' is not an option of ift train
        no-shuffle: perhaps | 'no-shuffle' must be true or false
        lr: [               | not YAML
        lr: {a: 1}          | 'lr' must be a plain value
        """)
    void aBadConfigFileIsNamed(String yaml, String message, @TempDir Path temp) throws IOException {
        Path file = Files.writeString(temp.resolve("run.yaml"), yaml);

        Launch launch = Launch.ift((TRAIN + "--config " + file).split(" "));

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).startsWith("ift: " + file).contains(message).hasLineCount(1);
    }
}

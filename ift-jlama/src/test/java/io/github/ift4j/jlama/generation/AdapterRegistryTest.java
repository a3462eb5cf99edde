package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.hash.Hashing;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.Quantiser;
import io.github.ift4j.jlama.generation.AdapterRegistry.Lease;
import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class AdapterRegistryTest {
    private static final PeftConfig LORA = PeftConfig.of(4, 8, new PeftTargets.AllLinear());
    private static final String PROMPT = "the cat sat on the mat";

    @TempDir
    Path folder;

    private Path one;
    private Path other;

    @BeforeEach
    void makeAdapters() {
        one = RandomAdapter.write(GoldenText.DIRECTORY, LORA, 1, folder.resolve("one"));
        other = RandomAdapter.write(GoldenText.DIRECTORY, LORA.withDora(true), 2, folder.resolve("other"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "I8", "Q4"})
    void anAdapterAnswersAsTheModelDoesThatIsLoadedWithItAlone(String type) {
        Path base = GoldenText.DIRECTORY;
        if (!type.equals("F32")) {
            base = folder.resolve("quantised");
            new Quantiser(ElementType.valueOf(type)).quantise(GoldenText.DIRECTORY, base);
        }
        try (AdapterRegistry registry = new AdapterRegistry(TextModel.load(base));
                TextModel alone = TextModel.load(base, LoadOptions.DEFAULTS.withAdapter(one));
                TextModel otherAlone = TextModel.load(base, LoadOptions.DEFAULTS.withAdapter(other))) {
            int[] plain = answer(registry.base());
            registry.load("one", one);
            registry.load("other", other);
            try (Lease first = registry.acquire("one").orElseThrow();
                    Lease second = registry.acquire("other").orElseThrow()) {
                assertThat(answer(first.model())).isEqualTo(answer(alone)).isNotEqualTo(plain);
                assertThat(answer(second.model())).isEqualTo(answer(otherAlone)).isNotEqualTo(plain);
                assertThat(answer(registry.base())).isEqualTo(plain);
            }
        }
    }

    @Test
    void anAdapterBringsItsChatTemplateUnlessOneWasGiven() throws IOException {
        Files.writeString(one.resolve("chat_template.jinja"), "{{ messages[0].content }}");
        Path given = Files.writeString(folder.resolve("given.jinja"), "a {{ messages[0].content }}");
        List<Message> messages = List.of(Message.of("user", "cat"));
        try (AdapterRegistry own = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY));
                AdapterRegistry fixed = new AdapterRegistry(
                        TextModel.load(GoldenText.DIRECTORY, LoadOptions.DEFAULTS.withChatTemplate(given)))) {
            for (AdapterRegistry registry : List.of(own, fixed)) {
                registry.load("one", one);
                registry.load("other", other);
            }
            assertThat(prompt(own, "one", messages)).isEqualTo("cat");
            assertThat(prompt(own, "other", messages))
                    .isEqualTo(own.base().text().promptText(messages, List.of()));
            assertThat(prompt(fixed, "one", messages)).isEqualTo("a cat");
        }
    }

    @Test
    void adaptersShareTheGuidesOfTheModelUnlessTheirAnswersEndOtherwise() throws IOException {
        Files.writeString(
                other.resolve("chat_template.jinja"),
                "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|pad|>{% endfor %}");
        Grammar grammar = Grammar.choice(List.of("cat", "mat"));
        try (AdapterRegistry registry = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY))) {
            registry.load("one", one);
            registry.load("other", other);
            try (Lease first = registry.acquire("one").orElseThrow();
                    Lease second = registry.acquire("other").orElseThrow()) {
                Guide shared = registry.base().guide(grammar);

                assertThat(first.model().guide(grammar)).isSameAs(shared);
                assertThat(second.model().guide(grammar)).isNotSameAs(shared);
            }
        }
    }

    private static String prompt(AdapterRegistry registry, String name, List<Message> messages) {
        try (Lease lease = registry.acquire(name).orElseThrow()) {
            return lease.model().text().promptText(messages, List.of());
        }
    }

    @Test
    void aRunningAnswerEndsOnTheVersionThatItBeganWith() throws Exception {
        try (AdapterRegistry registry = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY));
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            registry.load("style", other);
            int[] expectedOfOther = answer(registry, "style");
            registry.load("style", one);
            int[] expected = answer(registry, "style");
            Lease old = registry.acquire("style").orElseThrow();
            CountDownLatch writing = new CountDownLatch(1);
            CountDownLatch replaced = new CountDownLatch(1);
            Future<GenerationResult> running = threads.submit(() -> {
                try (old) {
                    return old.model()
                            .generate(
                                    request(old.model()),
                                    text -> {
                                        writing.countDown();
                                        awaitQuietly(replaced);
                                    },
                                    new Cancellation());
                }
            });
            writing.await();

            ModelVersion version = registry.load("style", other);

            assertThat(version.number()).isEqualTo(3);
            assertThat(answer(registry, "style")).isEqualTo(expectedOfOther);
            replaced.countDown();
            assertThat(running.get().tokens()).isEqualTo(expected);
            // The last who held it has let go: its memory is freed, so that it cannot answer any more.
            assertThatIllegalStateException().isThrownBy(() -> answer(old.model()));
            assertThat(answer(registry, "style")).isEqualTo(expectedOfOther);
        }
    }

    @Test
    void anAdapterThatIsUnloadedInUseAnswersThoseThatHoldIt() {
        try (AdapterRegistry registry = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY))) {
            registry.load("style", one);
            int[] expected = answer(registry, "style");
            Lease lease = registry.acquire("style").orElseThrow();
            Lease twice = registry.acquire("style").orElseThrow();

            assertThat(registry.unload("style")).isTrue();

            assertThat(registry.unload("style")).isFalse();
            assertThat(registry.acquire("style")).isEmpty();
            assertThat(registry.adapters()).isEmpty();
            assertThat(answer(lease.model())).isEqualTo(expected);
            lease.close();
            lease.close();
            assertThat(answer(twice.model())).isEqualTo(expected);
            twice.close();
            assertThatIllegalStateException().isThrownBy(() -> answer(twice.model()));
        }
    }

    @Test
    void contextsNeverCrossAdaptersNorVersions() {
        try (AdapterRegistry registry = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY))) {
            registry.load("one", one);
            registry.load("same", one);
            assertThat(reused(registry, "one")).isZero();
            assertThat(reused(registry, "one")).isPositive();
            assertThat(reused(registry, "same")).isZero();
            assertThat(reused(registry, registry.base().name())).isZero();
            assertThat(reused(registry, registry.base().name())).isPositive();
            registry.load("one", one);
            assertThat(reused(registry, "one")).isZero();
            assertThat(reused(registry, "same")).isPositive();
        }
    }

    @Test
    void versionsCountUpAndNameWhatWasLoaded() throws IOException {
        try (AdapterRegistry registry = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY))) {
            ModelVersion first = registry.load("style", one);
            registry.unload("style");
            ModelVersion second = registry.load("style", one);
            ModelVersion third = registry.load("style", other);

            assertThat(List.of(first.number(), second.number(), third.number())).containsExactly(1, 2, 3);
            assertThat(first.sha256()).isEqualTo(second.sha256()).isNotEqualTo(third.sha256());
            assertThat(first.sha256().orElseThrow())
                    .isEqualTo(Hashing.sha256()
                            .newHasher()
                            .putBytes(Files.readAllBytes(one.resolve("adapter_config.json")))
                            .putBytes(Files.readAllBytes(one.resolve("adapter_model.safetensors")))
                            .hash()
                            .toString());
            assertThat(registry.base().version().sha256().orElseThrow())
                    .isEqualTo(Hashing.sha256()
                            .hashBytes(Files.readAllBytes(GoldenText.DIRECTORY.resolve("config.json")))
                            .toString());
            assertThat(registry.adapters()).containsExactly(new AdapterRegistry.LoadedAdapter(third, other));
        }
    }

    @Test
    void whatCannotBeLoadedLeavesAllAsItWas() {
        AdapterRegistry registry = new AdapterRegistry(TextModel.load(GoldenText.DIRECTORY));
        try (registry) {
            registry.load("style", one);
            int[] expected = answer(registry, "style");

            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> registry.load("style", folder))
                    .withMessageContaining(folder.toString());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> registry.load(registry.base().name(), one))
                    .withMessageContaining("an adapter needs a name of its own");

            assertThat(answer(registry, "style")).isEqualTo(expected);
        }
        assertThatIllegalStateException().isThrownBy(() -> registry.load("style", one));
        assertThatIllegalStateException().isThrownBy(() -> registry.acquire("style"));
    }

    private static int[] answer(AdapterRegistry registry, String name) {
        try (Lease lease = registry.acquire(name).orElseThrow()) {
            return answer(lease.model());
        }
    }

    private static int reused(AdapterRegistry registry, String name) {
        try (Lease lease = registry.acquire(name).orElseThrow()) {
            // So short an answer that most of what the context holds is the prompt.
            return lease.model()
                    .generate(request(lease.model()).withMaxNewTokens(1))
                    .reusedTokens();
        }
    }

    private static int[] answer(TextModel model) {
        return model.generate(request(model)).tokens();
    }

    private static GenerationRequest request(TextModel model) {
        return model.textRequest(PROMPT).withMaxNewTokens(20);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

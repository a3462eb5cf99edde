package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.jlama.decoder.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeftAdapterTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj";
    private static final String DOWN_PROJ = "model.layers.0.mlp.down_proj";
    private static final String PREFIX = "base_model.model." + Q_PROJ;
    private static final String SOUND = "{\"peft_type\": \"LORA\", \"r\": 2, \"target_modules\": [\"q_proj\"]}";

    @TempDir
    Path parent;

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void release() {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isReadAsItWasWritten(boolean dora) {
        Path out = parent.resolve("new/out");
        PeftAdapter adapter = adapter(
                PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj", "down_proj")).withDora(dora));

        PeftWriter.plain().write(out, adapter);
        PeftAdapter read = PeftAdapter.read(out, arena);

        assertThat(read.config()).isEqualTo(adapter.config());
        assertThat(read.modules().keySet()).isEqualTo(adapter.modules().keySet());
        read.modules().forEach((module, factors) -> {
            PeftAdapter.Factors expected = adapter.modules().get(module);
            assertThat(factors.inputs()).isEqualTo(expected.inputs());
            assertThat(factors.outputs()).isEqualTo(expected.outputs());
            assertThat(factors.a().mismatch(expected.a())).isEqualTo(-1);
            assertThat(factors.b().mismatch(expected.b())).isEqualTo(-1);
            assertThat(factors.a().address() % 64).isZero();
            if (dora) {
                assertThat(factors.magnitude().mismatch(expected.magnitude())).isEqualTo(-1);
            } else {
                assertThat(factors.magnitude()).isNull();
            }
        });
    }

    @Test
    void aReaderOfPeftsPublishedFormatFindsWhatWasWritten() throws IOException {
        PeftAdapter adapter = adapter(PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj", "down_proj"))
                .withBaseModel("org/base")
                .withDora(true));

        PeftWriter.plain().write(parent.resolve("out"), adapter);
        PublishedPeftReader published = PublishedPeftReader.read(parent.resolve("out"));

        assertThat(published.config().get("r").isInt()).isTrue();
        assertThat(published.config().get("r").intValue()).isEqualTo(4);
        assertThat(published.config().get("lora_alpha").isInt()).isTrue();
        assertThat(published.config().get("lora_alpha").intValue()).isEqualTo(8);
        assertThat(published.config().get("use_dora").booleanValue()).isTrue();
        assertThat(published.config().get("task_type").textValue()).isEqualTo("CAUSAL_LM");
        assertThat(published.config().get("base_model_name_or_path").textValue())
                .isEqualTo("org/base");
        assertThat(published.config().get("target_modules")).hasSize(2);
        assertThat(published.shapes())
                .isEqualTo(Map.of(
                        "base_model.model." + Q_PROJ + ".lora_A.weight", List.of(4, 6),
                        "base_model.model." + Q_PROJ + ".lora_B.weight", List.of(5, 4),
                        "base_model.model." + Q_PROJ + ".lora_magnitude_vector", List.of(5),
                        "base_model.model." + DOWN_PROJ + ".lora_A.weight", List.of(4, 9),
                        "base_model.model." + DOWN_PROJ + ".lora_B.weight", List.of(6, 4),
                        "base_model.model." + DOWN_PROJ + ".lora_magnitude_vector", List.of(6)));
        adapter.modules().forEach((module, factors) -> {
            String name = "base_model.model." + module;
            assertThat(published.values().get(name + ".lora_A.weight")).isEqualTo(floats(factors.a()));
            assertThat(published.values().get(name + ".lora_B.weight")).isEqualTo(floats(factors.b()));
            assertThat(published.values().get(name + ".lora_magnitude_vector")).isEqualTo(floats(factors.magnitude()));
        });
    }

    @Test
    void allLinearIsWrittenAsTheNamesOfTheLayers() {
        PeftWriter.plain().write(parent.resolve("out"), adapter(PeftConfig.of(4, 8, new PeftTargets.AllLinear())));

        assertThat(PeftConfig.read(parent.resolve("out")).targets())
                .isEqualTo(PeftTargets.Named.of("q_proj", "down_proj"));
    }

    @Test
    void layersMayHaveRanksOfTheirOwn() {
        PeftConfig plain = PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj", "down_proj"));
        PeftConfig config = new PeftConfig(
                plain.baseModel(), 4, 8, 0, plain.targets(), false, false, false, Map.of("down_proj", 2), Map.of());
        PeftWriter.plain().write(parent.resolve("out"), adapter(config));

        Map<String, PeftAdapter.Factors> modules =
                PeftAdapter.read(parent.resolve("out"), arena).modules();
        assertThat(modules.get(DOWN_PROJ).rank()).isEqualTo(2);
        assertThat(modules.get(Q_PROJ).rank()).isEqualTo(4);
        assertThatThrownBy(() -> new PeftAdapter(plain, modules))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(DOWN_PROJ + " has rank 2, by the configuration it is 4");
    }

    @ParameterizedTest
    @CsvSource({
        ".lora_A.weight, .lora_B.weight, .lora_magnitude_vector",
        ".lora_A.default.weight, .lora_B.default.weight, .lora_magnitude_vector.default.weight",
        ".lora_A.weight, .lora_B.weight, .lora_magnitude_vector.weight",
        ".lora_A.weight, .lora_B.weight, .lora_magnitude_vector.default",
    })
    void readsTheNamesOfAllVersionsOfPeft(String a, String b, String magnitude) throws IOException {
        Path folder = raw(
                SOUND.replace("}", ", \"use_dora\": true}"),
                entry(a, "F32", "[2,3]", 24) + entry(b, "BF16", "[1,2]", 4) + entry(magnitude, "F16", "[1]", 2));

        PeftAdapter.Factors factors = PeftAdapter.read(folder, arena).modules().get(Q_PROJ);
        assertThat(factors.rank()).isEqualTo(2);
        assertThat(factors.inputs()).isEqualTo(3);
        assertThat(factors.outputs()).isEqualTo(1);
        assertThat(factors.magnitude().byteSize()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A F32 [2,3] 24 | no tensor 'PREFIX.lora_B.weight'",
                "B F32 [1,2] 8 | no tensor 'PREFIX.lora_A.weight'",
                "A F32 [4,3] 48 B F32 [1,2] 8 | 'PREFIX.lora_A.weight' has shape [4, 3], by adapter_config.json it"
                        + " should be [2, in]",
                "A F32 [2,3] 24 B F32 [2,1] 8 | 'PREFIX.lora_B.weight' has shape [2, 1], by adapter_config.json it"
                        + " should be [out, 2]",
                "A F32 [2,3,1,1] 24 B F32 [1,2] 8 | 'PREFIX.lora_A.weight' has shape [2, 3, 1, 1]; factors of linear"
                        + " layers are matrices",
                "A F32 [2,0] 0 B F32 [1,2] 8 | 'PREFIX.lora_A.weight' has shape [2, 0]",
                "A I8 [2,3] 6 B F32 [1,2] 8 | 'PREFIX.lora_A.weight' is stored as I8",
                "A F32 [2,3] 24 B F32 [1,2] 8 .lora_magnitude_vector F32 [1] 4 | 'PREFIX.lora_magnitude_vector' is"
                        + " DoRA's",
                "A F32 [2,3] 24 B F32 [1,2] 8 .lora_B.bias F32 [1] 4 | 'PREFIX.lora_B.bias' is none of a low-rank"
                        + " adapter",
                "A F32 [2,3] 24 B F32 [1,2] 8 .lora_embedding_A F32 [2,3] 24 | 'PREFIX.lora_embedding_A' is none of",
                "A F32 [2,3] 24 B F32 [1,2] 8 .lora_A.other.weight F32 [2,3] 24 | 'PREFIX.lora_A.other.weight' is none",
                "A F32 [2,3] 24 B F32 [1,2] 8 .lora_A.default.weight F32 [2,3] 24 | 'PREFIX.lora_A.default.weight' is"
                        + " the same as 'PREFIX.lora_A.weight'",
            })
    void refusesByNameWhatDoesNotFit(String tensors, String complaint) throws IOException {
        String[] words = tensors.split(" ");
        StringBuilder entries = new StringBuilder();
        for (int i = 0; i < words.length; i += 4) {
            String ending = words[i].length() == 1 ? ".lora_" + words[i] + ".weight" : words[i];
            entries.append(entry(ending, words[i + 1], words[i + 2], Integer.parseInt(words[i + 3])));
        }
        refuses(raw(SOUND, entries.toString()), complaint.replace("PREFIX", PREFIX));
    }

    @Test
    void refusesADoraAdapterWithoutMagnitudesOrOfAnotherLength() throws IOException {
        String dora = SOUND.replace("}", ", \"use_dora\": true}");
        String factors = entry(".lora_A.weight", "F32", "[2,3]", 24) + entry(".lora_B.weight", "F32", "[1,2]", 8);

        refuses(raw(dora, factors), "no tensor '" + PREFIX + ".lora_magnitude_vector'");
        refuses(
                raw(dora, factors + entry(".lora_magnitude_vector", "F32", "[2]", 8)),
                "'" + PREFIX + ".lora_magnitude_vector' has shape [2], beside '" + PREFIX
                        + ".lora_B.weight' it should be [1]");
    }

    @Test
    void refusesAFolderWithoutFactors() throws IOException {
        refuses(raw(SOUND, ""), "holds no tensor");
        Path folder = parent.resolve("raw");
        Files.delete(folder.resolve("adapter_model.safetensors"));
        refuses(folder, "no adapter_model.safetensors in it");
        Files.writeString(folder.resolve("adapter_model.bin"), "x");
        refuses(folder, "adapter_model.bin is a pickle file");
    }

    @Test
    void refusesNumbersThatAreNotFinite() throws IOException {
        Path folder =
                raw(SOUND, entry(".lora_A.weight", "F32", "[2,1]", 8) + entry(".lora_B.weight", "F32", "[1,2]", 8));
        Path weights = folder.resolve("adapter_model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        System.arraycopy(RawSafetensors.floats(Float.NaN), 0, bytes, bytes.length - 4, 4);
        Files.write(weights, bytes);

        refuses(folder, "'" + PREFIX + ".lora_B.weight' holds NaN at index [0, 1]");
    }

    @Test
    void theAdapterTakesTheFilesOfItsBaseAlong() throws IOException {
        Path out = parent.resolve("out");
        byte[] template = "{{ messages }}".getBytes(StandardCharsets.UTF_8);
        PeftAdapter adapter = adapter(PeftConfig.of(4, 8, new PeftTargets.AllLinear()));
        try (HuggingFaceDirectory base = HuggingFaceDirectory.open(LLAMA.model())) {
            PeftWriter.plain()
                    .withFilesOf(base)
                    .withFile("chat_template.jinja", template)
                    .write(out, adapter);
        }
        assertThat(out.resolve("tokenizer.json"))
                .hasSameBinaryContentAs(LLAMA.model().resolve("tokenizer.json"));
        assertThat(out.resolve("chat_template.jinja")).hasBinaryContent(template);
        assertThat(out.resolve("config.json")).doesNotExist();

        PeftWriter.plain().write(out, adapter);
        assertThat(names(out)).containsExactly("adapter_config.json", "adapter_model.safetensors");
    }

    @Test
    void replacesItsOwnEarlierVersionOnly() throws IOException {
        Path out = parent.resolve("out");
        PeftConfig config = PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj", "down_proj"));
        PeftWriter.plain().write(out, adapter(config));
        Files.writeString(out.resolve("metrics.jsonl"), "{}");

        PeftWriter.plain().write(out, adapter(config.withDropout(0.5)));
        assertThat(names(out)).containsExactly("adapter_config.json", "adapter_model.safetensors", "metrics.jsonl");
        assertThat(PeftConfig.read(out).dropout()).isEqualTo(0.5);

        assertRefused(out, config.withBaseModel("other"), "another adapter (base_model_name_or_path differs)");
        assertRefused(out, PeftConfig.of(2, 8, config.targets()), "another adapter (r differs)");
        assertRefused(out, PeftConfig.of(4, 9, config.targets()), "another adapter (lora_alpha differs)");
        assertRefused(out, config.withRslora(true), "another adapter (use_rslora differs)");
        assertRefused(out, config.withDora(true), "another adapter (use_dora differs)");
        assertRefused(out, config.withFanInFanOut(true), "another adapter (fan_in_fan_out differs)");
        assertRefused(
                out, config.withTargets(PeftTargets.Named.of("q_proj")), "another adapter (target_modules differs)");
        Files.writeString(out.resolve("model.safetensors"), "x");
        assertRefused(out, config, "a model (model.safetensors)");
    }

    @Test
    void whoeverOpensTheFolderAfterAKillFindsTheOldAdapterOrTheNewOne() {
        PeftConfig config = PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj", "down_proj"));
        Path out = parent.resolve("out");
        PeftAdapter before = adapter(config);
        PeftAdapter after = adapter(config);
        before.modules().get(Q_PROJ).a().set(ValueLayout.JAVA_FLOAT, 0, 1);
        after.modules().get(Q_PROJ).a().set(ValueLayout.JAVA_FLOAT, 0, 2);
        List<Float> seen = new ArrayList<>();
        for (int operation = 0; ; operation++) {
            PeftWriter.plain().on(FailingDisk.sound()).write(out, before);
            FailingDisk disk = new FailingDisk(operation, FailingDisk.Failure.KILLED);
            try {
                PeftWriter.plain().on(disk).write(out, after);
                break;
            } catch (FailingDisk.Killed e) {
                MemorySegment a =
                        PeftAdapter.read(out, arena).modules().get(Q_PROJ).a();
                seen.add(a.get(ValueLayout.JAVA_FLOAT, 0));
            }
        }
        assertThat(seen).contains(1f, 2f).hasSizeGreaterThan(5);
    }

    @Test
    void nothingIsWrittenOfNumbersThatAreNotFinite() {
        PeftAdapter adapter = adapter(PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj", "down_proj")));
        adapter.modules().get(Q_PROJ).b().set(ValueLayout.JAVA_FLOAT, 0, Float.NaN);

        assertThatThrownBy(() -> PeftWriter.plain().write(parent.resolve("out"), adapter))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("the adapter was not written: tensor '" + PREFIX + ".lora_B.weight' holds NaN");
        assertThat(parent.resolve("out")).doesNotExist();
    }

    /** Factors of two layers, of the ranks that the configuration says. */
    private PeftAdapter adapter(PeftConfig config) {
        Map<String, PeftAdapter.Factors> modules = new LinkedHashMap<>();
        modules.put(DOWN_PROJ, factors(config, DOWN_PROJ, 9, 6));
        modules.put(Q_PROJ, factors(config, Q_PROJ, 6, 5));
        return new PeftAdapter(config, modules);
    }

    private PeftAdapter.Factors factors(PeftConfig config, String module, int inputs, int outputs) {
        Random random = new Random(module.length());
        int rank = config.rank(module);
        return new PeftAdapter.Factors(
                rank,
                inputs,
                outputs,
                numbers(random, rank * inputs),
                numbers(random, outputs * rank),
                config.useDora() ? numbers(random, outputs) : null);
    }

    private MemorySegment numbers(Random random, int count) {
        MemorySegment segment = arena.allocate(ValueLayout.JAVA_FLOAT, count);
        for (int i = 0; i < count; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return segment;
    }

    private static String entry(String ending, String type, String shape, int bytes) {
        return PREFIX + ending + " " + type + " " + shape + " " + bytes + "\n";
    }

    /** An adapter's folder made byte by byte; all numbers are 0. */
    private Path raw(String config, String entries) throws IOException {
        Path folder = Files.createDirectories(parent.resolve("raw"));
        Files.writeString(folder.resolve("adapter_config.json"), config);
        List<String> header = new ArrayList<>();
        int offset = 0;
        for (String line : entries.lines().toList()) {
            String[] words = line.split(" ");
            int end = offset + Integer.parseInt(words[3]);
            header.add(RawSafetensors.entry(words[0], words[1], words[2], offset, end));
            offset = end;
        }
        RawSafetensors.write(
                folder.resolve("adapter_model.safetensors"), "{" + String.join(",", header) + "}", new byte[offset]);
        return folder;
    }

    private void refuses(Path folder, String complaint) {
        assertThatThrownBy(() -> PeftAdapter.read(folder, arena))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(folder.toString())
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("\n");
    }

    private static void assertRefused(Path out, PeftConfig config, String what) {
        assertThatThrownBy(() -> PeftWriter.plain().checkTarget(out, config))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(out + ": holds " + what
                        + ", which is not overwritten; choose another folder or delete this one");
    }

    private static float[] floats(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_FLOAT);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}

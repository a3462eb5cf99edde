package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.base.Preconditions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes an adapter's folder as PEFT does: {@code adapter_config.json}, {@code adapter_model.safetensors} and, if wanted, the
 * files of the tokenizer and the chat template.
 *
 * <p>As with {@link HuggingFaceWriter}, whoever opens a folder that had an adapter before finds the old factors or the new
 * ones, also after a crash or a full disk, and a folder with another adapter or a model is refused instead of mixed.
 */
public final class PeftWriter {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static final PeftWriter PLAIN = new PeftWriter(Companions.NONE, ElementType.F32, Disk.REAL);

    private final Companions companions;
    private final ElementType type;
    private final Disk disk;

    private PeftWriter(Companions companions, ElementType type, Disk disk) {
        this.companions = companions;
        this.type = type;
        this.disk = disk;
    }

    /** Writes the adapter alone, in F32. */
    public static PeftWriter plain() {
        return PLAIN;
    }

    /**
     * Writes the tokenizer, template and licence of the base beside the adapter.
     *
     * @throws CheckpointException when a file of the base cannot be read
     */
    public PeftWriter withFilesOf(HuggingFaceDirectory base) {
        return new PeftWriter(Companions.of(base.path()), type, disk);
    }

    /**
     * Writes that file too, in place of the base's: a chat template, a tokenizer.
     *
     * @param name one of the files that belong to a model, such as {@code chat_template.jinja}
     */
    public PeftWriter withFile(String name, byte[] content) {
        return new PeftWriter(companions.with(name, content), type, disk);
    }

    /** Writes the factors in that format, F32, BF16, F16 or F64, rounded to nearest; F32 unless said. */
    public PeftWriter elementType(ElementType newType) {
        Preconditions.checkArgument(newType.isFloat(), "factors are written as F32, BF16, F16 or F64, not %s", newType);
        return new PeftWriter(companions, newType, disk);
    }

    PeftWriter on(Disk other) {
        return new PeftWriter(companions, type, other);
    }

    /**
     * Checks, without changing anything, that {@link #write} could write such an adapter there.
     *
     * @throws CheckpointException when the folder cannot be written to, or holds a model or another adapter
     */
    public void checkTarget(Path target, PeftConfig config) {
        TargetFolder.checkWritable(target);
        difference(target, config).ifPresent(held -> TargetFolder.refuse(target, held));
    }

    /**
     * Writes the adapter. {@link PeftTargets.AllLinear} is written as the last parts of the names of the layers, as other
     * programs cannot know which layers of a model are linear.
     *
     * @param target its folder, made if need be; files in it that are not an adapter's are left alone
     * @throws CheckpointException when it cannot be written, or a number is not finite; what was there before is unchanged
     */
    public void write(Path target, PeftAdapter adapter) {
        Preconditions.checkArgument(!adapter.modules().isEmpty(), "the adapter changes no layer");
        checkTarget(target, adapter.config());
        try {
            writeFolder(TargetFolder.resolve(target), adapter);
        } catch (IOException e) {
            throw new CheckpointException(target + ": the adapter cannot be written: " + Reasons.of(e), e);
        } catch (CheckpointException e) {
            throw new CheckpointException(target + ": the adapter was not written: " + e.getMessage(), e);
        }
    }

    private void writeFolder(Path folder, PeftAdapter adapter) throws IOException {
        List<String> obsolete =
                Files.exists(folder.resolve(PeftAdapter.WEIGHTS_FILE)) ? companions.obsolete(folder) : List.of();
        try (FolderUpdate update = new FolderUpdate(folder, disk)) {
            for (Map.Entry<String, byte[]> file : companions.files().entrySet()) {
                update.add(file.getKey(), Disk.Content.of(file.getValue()));
            }
            byte[] config = JSON.writeValueAsBytes(PeftConfigFile.write(named(adapter)));
            update.add(PeftConfig.FILE, Disk.Content.of(config));
            List<StoredTensor> tensors = tensors(adapter);
            update.add(PeftAdapter.WEIGHTS_FILE, channel -> SafetensorsWriter.write(tensors, channel));
            update.publish(obsolete);
        }
    }

    private static PeftConfig named(PeftAdapter adapter) {
        if (!(adapter.config().targets() instanceof PeftTargets.AllLinear)) {
            return adapter.config();
        }
        Set<String> names = new LinkedHashSet<>();
        adapter.modules().keySet().forEach(module -> names.add(module.substring(module.lastIndexOf('.') + 1)));
        return adapter.config().withTargets(new PeftTargets.Named(names));
    }

    private List<StoredTensor> tensors(PeftAdapter adapter) {
        List<StoredTensor> tensors = new ArrayList<>();
        adapter.modules().forEach((module, factors) -> {
            String name = PeftAdapter.PREFIX + module;
            tensors.add(tensor(name + ".lora_A.weight", List.of(factors.rank(), factors.inputs()), factors.a()));
            tensors.add(tensor(name + ".lora_B.weight", List.of(factors.outputs(), factors.rank()), factors.b()));
            if (factors.magnitude() != null) {
                tensors.add(tensor(name + ".lora_magnitude_vector", List.of(factors.outputs()), factors.magnitude()));
            }
        });
        return tensors;
    }

    private StoredTensor tensor(String name, List<Integer> shape, MemorySegment segment) {
        return new StoredTensor.Converted(new Float32Tensor(name, shape, segment), type);
    }

    /** What the folder holds that is not the adapter to be written. */
    private Optional<String> difference(Path folder, PeftConfig config) {
        for (String file : List.of(HuggingFaceDirectory.SINGLE_FILE, HuggingFaceDirectory.INDEX)) {
            if (Files.exists(folder.resolve(file))) {
                return Optional.of("a model (" + file + ")");
            }
        }
        if (Files.exists(folder.resolve("adapter_model.bin"))) {
            return Optional.of("another adapter (adapter_model.bin)");
        }
        if (Files.notExists(folder.resolve(PeftAdapter.WEIGHTS_FILE))) {
            return companions.differing(folder).map(file -> "no adapter, but files of its own (" + file + " differs)");
        }
        return differingKey(PeftConfig.read(folder), config)
                .or(() -> companions.differsInTokenizer(folder) ? Optional.of("tokenizer.json") : Optional.empty())
                .map(what -> "another adapter (" + what + " differs)");
    }

    private static Optional<String> differingKey(PeftConfig one, PeftConfig other) {
        if (!one.baseModel().equals(other.baseModel())) {
            return Optional.of("base_model_name_or_path");
        }
        if (one.rank() != other.rank() || !one.rankPattern().equals(other.rankPattern())) {
            return Optional.of("r");
        }
        if (one.alpha() != other.alpha() || !one.alphaPattern().equals(other.alphaPattern())) {
            return Optional.of("lora_alpha");
        }
        if (one.useRslora() != other.useRslora()) {
            return Optional.of("use_rslora");
        }
        if (one.useDora() != other.useDora()) {
            return Optional.of("use_dora");
        }
        if (one.fanInFanOut() != other.fanInFanOut()) {
            return Optional.of("fan_in_fan_out");
        }
        boolean sameTargets = other.targets() instanceof PeftTargets.AllLinear
                || one.targets().equals(other.targets());
        return sameTargets ? Optional.empty() : Optional.of("target_modules");
    }
}

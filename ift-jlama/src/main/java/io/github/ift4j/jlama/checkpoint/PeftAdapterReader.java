package io.github.ift4j.jlama.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads an adapter's folder. */
final class PeftAdapterReader {
    private static final int MAX_NAME = 1000;

    /** A tensor of a layer, and how its name may end; the first is PEFT's present way. */
    private enum Part {
        A(".lora_A.weight", ".lora_A.default.weight"),
        B(".lora_B.weight", ".lora_B.default.weight"),
        MAGNITUDE(
                ".lora_magnitude_vector",
                ".lora_magnitude_vector.weight",
                ".lora_magnitude_vector.default",
                ".lora_magnitude_vector.default.weight");

        private final List<String> endings;

        Part(String... endings) {
            this.endings = List.of(endings);
        }
    }

    private final Path file;
    private final PeftConfig config;
    private final Map<String, EnumMap<Part, TensorEntry>> layers = new LinkedHashMap<>();

    private PeftAdapterReader(Path file, PeftConfig config) {
        this.file = file;
        this.config = config;
    }

    /** @throws CheckpointException as {@link PeftAdapter#read} */
    static PeftAdapter read(Path folder, Arena arena) {
        PeftConfig config = PeftConfig.read(folder);
        Path file = folder.resolve(PeftAdapter.WEIGHTS_FILE);
        if (Files.notExists(file)) {
            throw new CheckpointException(folder + ": no " + PeftAdapter.WEIGHTS_FILE + " in it"
                    + (Files.exists(folder.resolve("adapter_model.bin"))
                            ? "; adapter_model.bin is a pickle file, which can run code and is not read: convert it to"
                                    + " safetensors"
                            : ""));
        }
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            PeftAdapterReader reader = new PeftAdapterReader(file, config);
            weights.tensors().values().forEach(reader::sort);
            return new PeftAdapter(config, reader.factors(arena));
        }
    }

    /** Finds out which part of which layer a tensor is. */
    private void sort(TensorEntry tensor) {
        String name = tensor.name();
        for (Part part : Part.values()) {
            for (String ending : part.endings) {
                if (name.startsWith(PeftAdapter.PREFIX)
                        && name.endsWith(ending)
                        && name.length() > PeftAdapter.PREFIX.length() + ending.length()
                        && name.length() <= MAX_NAME) {
                    String module = name.substring(PeftAdapter.PREFIX.length(), name.length() - ending.length());
                    TensorEntry other = layers.computeIfAbsent(module, _ -> new EnumMap<>(Part.class))
                            .put(part, tensor);
                    if (other != null) {
                        throw error(tensor, "is the same as " + Names.quote(other.name()));
                    }
                    return;
                }
            }
        }
        throw error(
                tensor,
                "is none of a low-rank adapter of linear layers, whose names are " + PeftAdapter.PREFIX
                        + "….lora_A.weight, .lora_B.weight and .lora_magnitude_vector");
    }

    private Map<String, PeftAdapter.Factors> factors(Arena arena) {
        if (layers.isEmpty()) {
            throw new CheckpointException(file + ": holds no tensor");
        }
        // All shapes are checked before the first number is copied.
        layers.forEach(this::checkShapes);
        Map<String, PeftAdapter.Factors> factors = new LinkedHashMap<>();
        layers.forEach((module, parts) -> {
            TensorEntry a = parts.get(Part.A);
            TensorEntry b = parts.get(Part.B);
            MemorySegment magnitude = config.useDora() ? Float32Reader.read(parts.get(Part.MAGNITUDE), arena) : null;
            factors.put(
                    module,
                    new PeftAdapter.Factors(
                            a.shape().getFirst(),
                            a.shape().getLast(),
                            b.shape().getFirst(),
                            Float32Reader.read(a, arena),
                            Float32Reader.read(b, arena),
                            magnitude));
        });
        return factors;
    }

    private void checkShapes(String module, Map<Part, TensorEntry> parts) {
        TensorEntry a = required(module, parts, Part.A);
        TensorEntry b = required(module, parts, Part.B);
        for (TensorEntry factor : List.of(a, b)) {
            if (factor.shape().size() != 2 || factor.size() == 0) {
                throw error(factor, "has shape " + factor.shape() + "; factors of linear layers are matrices");
            }
        }
        int rank = config.rank(module);
        if (a.shape().getFirst() != rank) {
            throw error(a, "has shape " + a.shape() + ", by " + PeftConfig.FILE + " it should be [" + rank + ", in]");
        }
        if (b.shape().getLast() != rank) {
            throw error(b, "has shape " + b.shape() + ", by " + PeftConfig.FILE + " it should be [out, " + rank + "]");
        }
        if (config.useDora()) {
            TensorEntry magnitude = required(module, parts, Part.MAGNITUDE);
            List<Integer> expected = b.shape().subList(0, 1);
            if (!magnitude.shape().equals(expected)) {
                throw error(
                        magnitude,
                        "has shape " + magnitude.shape() + ", beside " + Names.quote(b.name()) + " it should be "
                                + expected);
            }
        } else if (parts.containsKey(Part.MAGNITUDE)) {
            throw error(parts.get(Part.MAGNITUDE), "is DoRA's, but use_dora in " + PeftConfig.FILE + " is not set");
        }
    }

    private TensorEntry required(String module, Map<Part, TensorEntry> parts, Part part) {
        TensorEntry tensor = parts.get(part);
        if (tensor == null) {
            throw new CheckpointException(
                    file + ": no tensor " + Names.quote(PeftAdapter.PREFIX + module + part.endings.getFirst()));
        }
        return tensor;
    }

    private CheckpointException error(TensorEntry tensor, String problem) {
        return new CheckpointException(file + ": tensor " + Names.quote(tensor.name()) + " " + problem);
    }
}

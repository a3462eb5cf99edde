package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Writes a model anew with weights of fewer bits.
 *
 * <p>{@link ElementType#Q4} and {@link ElementType#I8} (which Jlama calls Q8) are Jlama's own formats: every matrix is quantised in
 * blocks as {@link QuantisedBlocks} says, bit for bit as Jlama does it, and all other tensors stay as they are. With
 * {@link ElementType#BF16} all weights are rounded to that format, and the result is a plain HuggingFace folder.
 *
 * <p>Tensors go from file to file in chunks, and what was there before stays until all of the new model is on the disk, as
 * {@link HuggingFaceWriter} says.
 *
 * @param type Q4, I8 or BF16
 */
public record Quantiser(ElementType type) {
    /** @throws IllegalArgumentException for another type */
    public Quantiser {
        Preconditions.checkArgument(
                QuantisedBlocks.isTypeOfNumbers(type) || type == ElementType.BF16,
                "models are quantised to Q4, I8 or BF16, not %s",
                type);
    }

    /**
     * What was written.
     *
     * @param quantised names of the tensors in fewer bits, in the order of the model
     * @param unfit names of the matrices that stayed as they are because their rows are no whole number of blocks
     * @param bytesBefore size of all tensors in the model
     * @param bytesAfter size of all tensors as written
     */
    public record Result(List<String> quantised, List<String> unfit, long bytesBefore, long bytesAfter) {
        public Result {
            quantised = List.copyOf(quantised);
            unfit = List.copyOf(unfit);
        }
    }

    /**
     * Writes the model.
     *
     * @param model folder of a model in floats
     * @param out folder to write; made if need be
     * @throws CheckpointException when the model cannot be read, is quantised already, has nothing to quantise or a weight that is
     *     not finite, or when the folder cannot be written to or holds another model
     */
    public Result quantise(Path model, Path out) {
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(model)) {
            files.quantisation().ifPresent(stored -> {
                throw new CheckpointException(model + ": its weights are quantised already (" + stored
                        + "); quantise the model that it was made from");
            });
            List<String> matrices = files.tensorNames().stream()
                    .filter(name -> canShrink(files.tensor(name)))
                    .toList();
            List<String> quantised =
                    matrices.stream().filter(name -> fits(files.tensor(name))).toList();
            if (quantised.isEmpty()) {
                throw new CheckpointException(model + ": no weight can become " + type
                        + (type == ElementType.BF16
                                ? "; they are all in that format"
                                : ": none has rows of whole blocks of " + QuantisedBlocks.BLOCK));
            }
            HuggingFaceWriter writer = HuggingFaceWriter.requantised(files, quantised, type);
            checkTarget(files, out, writer);
            writer.write(out, List.of());
            List<String> unfit =
                    matrices.stream().filter(name -> !quantised.contains(name)).toList();
            return new Result(quantised, unfit, bytes(files), writer.bytes());
        }
    }

    /** Vectors, and what is a row, stay as they are in Jlama's formats. */
    private boolean canShrink(TensorEntry tensor) {
        if (type == ElementType.BF16) {
            return tensor.type().isFloat() && tensor.type() != ElementType.BF16;
        }
        return tensor.type().isFloat()
                && tensor.shape().size() == 2
                && tensor.shape().getFirst() > 1;
    }

    private boolean fits(TensorEntry tensor) {
        return type == ElementType.BF16 || tensor.shape().getLast() % QuantisedBlocks.BLOCK == 0;
    }

    /** A model in another format is another model, though its configuration is the same. */
    private void checkTarget(HuggingFaceDirectory files, Path out, HuggingFaceWriter writer) {
        files.checkIsNot(out);
        writer.checkTarget(out);
        if (HuggingFaceDirectory.holdsWeights(out)) {
            try (HuggingFaceDirectory other = HuggingFaceDirectory.open(out)) {
                Optional<ElementType> written = Optional.of(type).filter(wanted -> !wanted.isFloat());
                if (!other.quantisation().equals(written)
                        || other.tensorNames().stream()
                                .map(other::tensor)
                                .anyMatch(tensor -> canShrink(tensor) && fits(tensor))) {
                    TargetFolder.refuse(out, "a model that is not " + type);
                }
            }
        }
    }

    private static long bytes(HuggingFaceDirectory files) {
        return files.tensorNames().stream()
                .mapToLong(name -> files.tensor(name).segment().byteSize())
                .sum();
    }
}

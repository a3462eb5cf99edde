package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a training writes: a model of its own, or an adapter. */
sealed interface TunedModel {
    /** The file of the chat template in a model's folder. */
    String TEMPLATE = "chat_template.jinja";

    /** Says before the training whether {@link #write} could write there. */
    void checkTarget(Path out);

    /** Writes what the policy has learned. */
    void write(Path out, DecoderPolicy policy);

    /**
     * What is to be written.
     *
     * @param base the model that is tuned; stays open until all is written
     * @param adapter the adapter that learns; empty when the model's own weights do
     * @param type format of the weights
     * @param template the chat template in place of the base's, if there is one
     */
    static TunedModel of(
            HuggingFaceDirectory base, Optional<PeftConfig> adapter, ElementType type, Optional<Path> template)
            throws IOException {
        if (adapter.isPresent()) {
            PeftWriter writer = PeftWriter.plain().withFilesOf(base).elementType(type);
            return new Adapter(
                    adapter.get(),
                    template.isPresent() ? writer.withFile(TEMPLATE, Files.readAllBytes(template.get())) : writer);
        }
        HuggingFaceWriter writer = HuggingFaceWriter.basedOn(base).elementType(type);
        return new Whole(template.isPresent() ? writer.withFile(TEMPLATE, Files.readAllBytes(template.get())) : writer);
    }

    /** All weights. */
    record Whole(HuggingFaceWriter writer) implements TunedModel {
        @Override
        public void checkTarget(Path out) {
            writer.checkTarget(out);
        }

        @Override
        public void write(Path out, DecoderPolicy policy) {
            writer.write(
                    out, policy.parameters().stream().map(Float32Tensor::of).toList());
        }
    }

    /** An adapter only. */
    record Adapter(PeftConfig config, PeftWriter writer) implements TunedModel {
        @Override
        public void checkTarget(Path out) {
            writer.checkTarget(out, config);
        }

        @Override
        public void write(Path out, DecoderPolicy policy) {
            writer.write(out, policy.adapter().orElseThrow());
        }
    }
}

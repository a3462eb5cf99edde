package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import org.junit.jupiter.api.Test;

class TinyModelTest {
    @Test
    void hasAtMostAMillionParameters() {
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.initialise(
                        DecoderConfig.of(TinyModel.config(), "test"),
                        new WeightInitialiser(1, (float) TinyModel.INITIAL_DEVIATION),
                        workers)) {
            // Embeddings 1024 x 128; a layer: queries and output 128 x 128, keys and values 64 x 128, three times
            // 128 x 384, two norms.
            long layer = 2 * 128 * 128 + 2 * 64 * 128 + 3 * 128 * 384 + 2 * 128;

            assertThat(policy.parameters().stream().mapToLong(Parameter::size).sum())
                    .isEqualTo(1024 * 128 + 4 * layer + 128)
                    .isLessThanOrEqualTo(1_000_000);
        }
    }

    @Test
    void endsATurnAndATextWithTheSameToken() {
        assertThat(TinyModel.config().path("eos_token_id").intValue()).isEqualTo(SpecialToken.END.id());
        assertThat(TinyModel.generationConfig().path("eos_token_id").intValue()).isEqualTo(SpecialToken.END.id());
        assertThat(TinyModel.config().path("vocab_size").intValue()).isEqualTo(TinyModel.VOCABULARY);
    }
}

package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BenchShapeTest {
    /** A name is rounded to whole millions, which for the smallest is up to a tenth. */
    @ParameterizedTest
    @EnumSource
    void aShapeIsNamedAfterItsParameters(BenchShape shape) {
        assertThat(shape.parameters() * 1e-6)
                .isCloseTo(Double.parseDouble(shape.label().replace("m", "")), withinPercentage(10));
    }

    @ParameterizedTest
    @EnumSource
    void theModelHasThatManyParameters(BenchShape shape) {
        DecoderConfig config = shape.config(256);
        long norms = (2L * config.layers().size() + 1) * config.hiddenSize();
        long linear = config.layers().size() * config.weightsPerToken();
        long embeddings = (long) config.vocabularySize() * config.hiddenSize();

        assertThat(shape.parameters()).isEqualTo(embeddings + linear + norms);
    }
}

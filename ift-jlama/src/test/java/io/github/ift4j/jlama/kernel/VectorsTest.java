package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorsTest {
    @Test
    void theExponentialIsRightToTwoUnitsInTheLastPlace() {
        for (float x = -87; x < 88; x += 0.00917f) {
            float expected = (float) StrictMath.exp(x);
            assertThat(Math.abs(exp(x) - expected)).as("e^%s", x).isLessThanOrEqualTo(2 * Math.ulp(expected));
        }
    }

    @Test
    void theForcedWidthIsTheOneThatRuns() {
        int forced = Integer.getInteger("ift.vector.bits", FloatVector.SPECIES_PREFERRED.vectorBitSize());
        assertThat(Vectors.SPECIES.vectorBitSize()).isEqualTo(forced);
    }

    @Test
    void itsEdgesAreExact() {
        assertThat(exp(0)).isEqualTo(1);
        assertThat(exp(-0f)).isEqualTo(1);
        assertThat(exp(-88)).isZero();
        assertThat(exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(exp(Float.NaN)).isNaN();
        assertThat(exp(1000)).isGreaterThan(2e38f);
    }

    @Test
    void interpretedAndCompiledCodeGiveTheSameBits() {
        float[] first = new float[200];
        for (int i = 0; i < first.length; i++) {
            first[i] = exp(i * 0.37f - 40);
        }
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < first.length; i++) {
                assertThat(exp(i * 0.37f - 40) == first[i]).isTrue();
            }
        }
    }

    private static float exp(float x) {
        return Vectors.exp(FloatVector.broadcast(Vectors.SPECIES, x)).lane(0);
    }
}

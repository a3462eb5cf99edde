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

    @Test
    void theHyperbolicTangentIsRightToTwoUnitsInTheLastPlace() {
        for (float x = -10; x < 10; x += 0.00117f) {
            assertTanhIsClose(x);
        }
        for (float x = 1e-38f; x < 1; x *= 1.07f) {
            assertTanhIsClose(x);
            assertTanhIsClose(-x);
        }
        assertTanhIsClose(0.625f);
        assertTanhIsClose(Math.nextDown(0.625f));
    }

    @Test
    void itsTangentsEdgesAreExact() {
        assertThat(tanh(0)).isEqualTo(0);
        assertThat(tanh(Float.MIN_VALUE)).isEqualTo(Float.MIN_VALUE);
        assertThat(tanh(20)).isEqualTo(1);
        assertThat(tanh(-20)).isEqualTo(-1);
        assertThat(tanh(Float.MAX_VALUE)).isEqualTo(1);
        assertThat(tanh(Float.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(tanh(Float.NaN)).isNaN();
    }

    @Test
    void theTangentOfInterpretedAndOfCompiledCodeHasTheSameBits() {
        float[] first = new float[200];
        for (int i = 0; i < first.length; i++) {
            first[i] = tanh(i * 0.037f - 4);
        }
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < first.length; i++) {
                assertThat(tanh(i * 0.037f - 4) == first[i]).isTrue();
            }
        }
    }

    private static void assertTanhIsClose(float x) {
        float expected = (float) StrictMath.tanh(x);
        assertThat(Math.abs(tanh(x) - expected)).as("tanh(%s)", x).isLessThanOrEqualTo(2 * Math.ulp(expected));
    }

    private static float tanh(float x) {
        return Vectors.tanh(FloatVector.broadcast(Vectors.SPECIES, x)).lane(0);
    }

    private static float exp(float x) {
        return Vectors.exp(FloatVector.broadcast(Vectors.SPECIES, x)).lane(0);
    }
}

package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * HotSpot gives compiled code up when something that it assumed proves wrong, and compiles it again, a hundred times if need be. Meanwhile
 * vectors are objects on the heap.
 */
class ProductCompilationTest {
    private static final String EVENT = "jdk.Deoptimization";
    /** An odd number of terms, which ends in the middle of a turn of the innermost loop. */
    private static final int TERMS = 255;

    private static final int SIZE = 64;
    private static final int PRODUCTS = 20_000;
    private static final int BRANCHES = 100_000_000;
    /** Assumptions that methods were compiled with before all of their branches had been taken. */
    private static final int FEW = 20;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Gemm.Form.class)
    void productsOfAnOddDepthAreCompiledAFewTimes(Gemm.Form form) throws IOException {
        assertThat(givenUp(() -> multiply(form))).isLessThanOrEqualTo(FEW);
    }

    /** Else the test above would pass whatever happens. */
    @Test
    void codeThatIsGivenUpIsCounted() throws IOException {
        assertThat(givenUp(ProductCompilationTest::takeABranchLate)).isPositive();
    }

    private static void takeABranchLate() {
        double sum = 0;
        for (int i = 0; i <= BRANCHES; i++) {
            sum += i < BRANCHES ? 1 : Math.sin(sum);
        }
        assertThat(sum).isGreaterThan(BRANCHES - 1);
    }

    private static void multiply(Gemm.Form form) {
        try (Workers workers = new Workers(1);
                VectorGemm gemm = new VectorGemm(workers);
                Arena arena = Arena.ofConfined()) {
            RandomGenerator random = new SplittableRandom(1);
            boolean leftTransposed = form == Gemm.Form.AT_B;
            boolean rightTransposed = form == Gemm.Form.A_BT;
            Matrix a = leftTransposed
                    ? Matrices.random(arena, TERMS, SIZE, random)
                    : Matrices.random(arena, SIZE, TERMS, random);
            Matrix b = rightTransposed
                    ? Matrices.random(arena, SIZE, TERMS, random)
                    : Matrices.random(arena, TERMS, SIZE, random);
            Matrix c = Matrix.allocate(arena, SIZE, SIZE);
            for (int i = 0; i < PRODUCTS; i++) {
                gemm.multiply(form, a, b, c, false);
            }
        }
    }

    /** How often code of a class of this package was given up. */
    private long givenUp(Runnable work) throws IOException {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(EVENT).withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(ProductCompilationTest::isOfThisPackage)
                .count();
    }

    private static boolean isOfThisPackage(RecordedEvent event) {
        return event.getEventType().getName().equals(EVENT)
                && event.getValue("method") instanceof RecordedMethod method
                && method.getType().getName().startsWith(ProductCompilationTest.class.getPackageName());
    }
}

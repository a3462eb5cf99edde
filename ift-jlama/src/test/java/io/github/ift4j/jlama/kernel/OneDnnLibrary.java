package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.parallel.Workers;
import org.junit.jupiter.api.Assumptions;

/** Whether oneDNN has products in bfloat16 on this machine; tests that need them are skipped where it has not. */
public final class OneDnnLibrary {
    private OneDnnLibrary() {}

    /** Skips the calling test, with the reason, where the products are not there. */
    public static void assumeThere() {
        try (Workers workers = new Workers(1);
                Gemm gemm = GemmChoice.ONEDNN.open(workers)) {
            Assumptions.assumeTrue(gemm.exact() != gemm);
        } catch (IllegalStateException e) {
            Assumptions.abort(e.getMessage());
        }
    }
}

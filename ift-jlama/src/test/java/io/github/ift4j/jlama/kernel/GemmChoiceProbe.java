package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.parallel.Workers;

/** Opens the choice it is given and prints what comes of it. */
final class GemmChoiceProbe {
    private GemmChoiceProbe() {}

    public static void main(String[] choice) {
        try (Workers workers = new Workers(1)) {
            GemmChoice resolved = GemmChoice.valueOf(choice[0]).resolve(workers, 8, 8);
            try (Gemm gemm = resolved.open(workers)) {
                System.out.println("resolved " + resolved + ", opened " + gemm.name());
            }
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}

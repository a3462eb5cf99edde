package io.github.ift4j.jlama.decoder;

/** How the rotary frequencies are stretched for contexts longer than the model was first trained on. */
public sealed interface RopeScaling {
    /** The inverse frequency that takes the place of an unscaled one, both in radians a position. */
    double scale(double inverseFrequency);

    /** Frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public double scale(double inverseFrequency) {
            return inverseFrequency;
        }
    }

    /** Positions divided by a factor ({@code rope_type} "linear"). */
    record Linear(double factor) implements RopeScaling {
        @Override
        public double scale(double inverseFrequency) {
            return inverseFrequency / factor;
        }
    }

    /**
     * Low frequencies divided by a factor, high ones kept, a ramp between ({@code rope_type} "llama3", as HuggingFace's
     * {@code _compute_llama3_parameters}).
     *
     * @param factor divisor of the low frequencies
     * @param lowFrequencyFactor original context / this = shortest wavelength that is divided in full
     * @param highFrequencyFactor original context / this = longest wavelength that is kept
     * @param originalContext context length before stretching, in tokens
     */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext)
            implements RopeScaling {
        @Override
        public double scale(double inverseFrequency) {
            double wavelength = 2 * Math.PI / inverseFrequency;
            if (wavelength < originalContext / highFrequencyFactor) {
                return inverseFrequency;
            }
            if (wavelength > originalContext / lowFrequencyFactor) {
                return inverseFrequency / factor;
            }
            double kept =
                    (originalContext / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
            return (1 - kept) * inverseFrequency / factor + kept * inverseFrequency;
        }
    }
}

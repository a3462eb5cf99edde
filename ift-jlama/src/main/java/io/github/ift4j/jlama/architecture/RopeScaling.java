package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.util.List;

/**
 * How the rotary frequencies are stretched for contexts longer than the model was first trained on, as HuggingFace's {@code
 * modeling_rope_utils}. All frequencies are in radians a position.
 *
 * <p>Each step is rounded to float32 as PyTorch rounds it: what is lost in a frequency grows with the position, to more than
 * float32's precision of the logits.
 */
public sealed interface RopeScaling {
    /**
     * The inverse frequencies.
     *
     * @param theta base of the frequencies
     * @param dim rotated elements of a head
     * @param length positions of the sequence
     * @return [dim / 2]
     */
    float[] inverseFrequencies(double theta, int dim, int length);

    /** Factor on cosines and sines. */
    default double factor() {
        return 1;
    }

    /** Sequences of which lengths are rotated alike: those for which this number is the same. */
    default int regime(int length) {
        return 0;
    }

    /** Longest sequence, given what config.json says of it. */
    default int contextLength(int positions) {
        return positions;
    }

    /** @throws CheckpointException when it does not fit heads of which {@code dim} elements are rotated */
    default void check(int dim) {}

    /** theta^(2 i / dim), [dim / 2]. */
    private static float[] powers(float theta, int dim) {
        float[] powers = new float[dim / 2];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = (float) StrictMath.pow(theta, 2f * i / dim);
        }
        return powers;
    }

    private static float[] unscaled(double theta, int dim) {
        float[] frequencies = powers((float) theta, dim);
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / frequencies[i];
        }
        return frequencies;
    }

    /** Frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public float[] inverseFrequencies(double theta, int dim, int length) {
            return unscaled(theta, dim);
        }
    }

    /** Positions divided by a factor ({@code rope_type} "linear"). */
    record Linear(double divisor) implements RopeScaling {
        @Override
        public float[] inverseFrequencies(double theta, int dim, int length) {
            float[] frequencies = unscaled(theta, dim);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] /= (float) divisor;
            }
            return frequencies;
        }
    }

    /**
     * A base that grows with the length of a sequence that is longer than the original context ({@code rope_type}
     * "dynamic").
     *
     * @param stretch how much longer the context may become
     * @param originalContext context length before stretching, in tokens
     */
    record Dynamic(double stretch, int originalContext) implements RopeScaling {
        @Override
        public float[] inverseFrequencies(double theta, int dim, int length) {
            if (length <= originalContext) {
                return unscaled(theta, dim);
            }
            float growth = (float) stretch * length / originalContext - ((float) stretch - 1);
            return unscaled((float) theta * (float) StrictMath.pow(growth, dim / (dim - 2.0)), dim);
        }

        @Override
        public int regime(int length) {
            return length > originalContext ? length : 0;
        }

        @Override
        public int contextLength(int positions) {
            return (int) Math.min(Integer.MAX_VALUE, (long) (positions * stretch));
        }

        @Override
        public void check(int dim) {
            if (dim == 2) {
                throw new CheckpointException("rope scaling 'dynamic' needs heads of more than 2 rotated elements");
            }
        }
    }

    /**
     * Low frequencies divided by a factor, high ones kept, a ramp between ({@code rope_type} "llama3").
     *
     * @param divisor of the low frequencies
     * @param lowFrequencyFactor original context / this = shortest wavelength that is divided in full
     * @param highFrequencyFactor original context / this = longest wavelength that is kept
     * @param originalContext context length before stretching, in tokens
     */
    record Llama3(double divisor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext)
            implements RopeScaling {
        @Override
        public float[] inverseFrequencies(double theta, int dim, int length) {
            float[] frequencies = unscaled(theta, dim);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] = scale(frequencies[i]);
            }
            return frequencies;
        }

        private float scale(float frequency) {
            // PyTorch divides a number by a tensor as the number times the reciprocal.
            float wavelength = 1 / frequency * (float) (2 * Math.PI);
            float low = (float) lowFrequencyFactor;
            float high = (float) highFrequencyFactor;
            if (wavelength > originalContext / low) {
                return frequency / (float) divisor;
            }
            if (wavelength < originalContext / high) {
                return frequency;
            }
            float kept = (1 / wavelength * originalContext - low) / (high - low);
            return (1 - kept) * frequency / (float) divisor + kept * frequency;
        }
    }

    /**
     * Elements that turn slowly are interpolated, those that turn fast are kept, a ramp between (Peng et al. 2023, arXiv
     * 2309.00071; {@code rope_type} "yarn").
     *
     * @param divisor of the slow frequencies
     * @param fast rotations over the original context from which an element is kept
     * @param slow rotations over the original context up to which an element is divided in full
     * @param whole whether the ends of the ramp are rounded to whole elements
     * @param factor on cosines and sines
     * @param originalContext context length before stretching, in tokens
     */
    record Yarn(double divisor, double fast, double slow, boolean whole, double factor, int originalContext)
            implements RopeScaling {
        @Override
        public float[] inverseFrequencies(double theta, int dim, int length) {
            double low = element(fast, theta, dim);
            double high = element(slow, theta, dim);
            if (whole) {
                low = Math.floor(low);
                high = Math.ceil(high);
            }
            low = Math.max(low, 0);
            high = Math.min(high, dim - 1);
            if (low == high) {
                high += 0.001; // as HuggingFace, so that the ramp is not a division by zero
            }
            float[] frequencies = powers((float) theta, dim);
            for (int i = 0; i < frequencies.length; i++) {
                float kept = 1 - Math.clamp((i - (float) low) / (float) (high - low), 0f, 1f);
                float divided = 1 / ((float) divisor * frequencies[i]);
                frequencies[i] = divided * (1 - kept) + 1 / frequencies[i] * kept;
            }
            return frequencies;
        }

        /** The element that makes so many rotations over the original context. */
        private double element(double rotations, double theta, int dim) {
            return dim * Math.log(originalContext / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
        }
    }

    /**
     * A divisor for each frequency, one list for sequences up to the original context and one for longer ones (Ding et al.
     * 2024, arXiv 2402.13753; {@code rope_type} "longrope").
     *
     * @param shortDivisors for sequences up to the original context, [dim / 2]
     * @param longDivisors for longer sequences, [dim / 2]
     * @param factor on cosines and sines
     * @param originalContext context length before stretching, in tokens
     */
    record LongRope(List<Double> shortDivisors, List<Double> longDivisors, double factor, int originalContext)
            implements RopeScaling {
        public LongRope {
            shortDivisors = List.copyOf(shortDivisors);
            longDivisors = List.copyOf(longDivisors);
        }

        @Override
        public float[] inverseFrequencies(double theta, int dim, int length) {
            List<Double> divisors = regime(length) == 0 ? shortDivisors : longDivisors;
            float[] frequencies = powers((float) theta, dim);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] = 1 / (divisors.get(i).floatValue() * frequencies[i]);
            }
            return frequencies;
        }

        @Override
        public int regime(int length) {
            return length > originalContext ? 1 : 0;
        }

        @Override
        public void check(int dim) {
            if (shortDivisors.size() != dim / 2 || longDivisors.size() != dim / 2) {
                throw new CheckpointException("short_factor and long_factor must have " + dim / 2
                        + " numbers, half the rotated elements of a head, have " + shortDivisors.size() + " and "
                        + longDivisors.size());
            }
        }
    }

    /**
     * As config.json states it.
     *
     * @param fields the file
     * @param scaling its {@code rope_scaling} or {@code rope_parameters}; null where there is none
     * @param contextLength its {@code max_position_embeddings}
     */
    static RopeScaling read(ConfigFields fields, ConfigFields scaling, int contextLength) {
        if (scaling == null) {
            return new None();
        }
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        if (scaling.has("short_factor")) {
            // Early files of Phi-3 call it "su" or "yarn".
            type = "longrope";
        }
        return switch (type) {
            case "default" -> new None();
            case "linear" -> new Linear(scaling.atLeastOne("factor"));
            case "dynamic" -> new Dynamic(scaling.atLeastOne("factor"), contextLength);
            case "llama3" -> {
                double low = scaling.atLeastOne("low_freq_factor");
                double high = scaling.atLeastOne("high_freq_factor");
                scaling.check(high > low, "high_freq_factor", "must be greater than low_freq_factor " + low);
                yield new Llama3(scaling.atLeastOne("factor"), low, high, original(fields, scaling, contextLength));
            }
            case "yarn" -> yarn(scaling, original(fields, scaling, contextLength));
            case "longrope" -> longRope(fields, scaling, contextLength);
            default ->
                throw scaling.error(
                        "rope_type",
                        "'" + type + "' is not supported; supported: default, linear, dynamic, llama3, yarn, longrope");
        };
    }

    private static int original(ConfigFields fields, ConfigFields scaling, int contextLength) {
        String key = "original_max_position_embeddings";
        return fields.positive(key, scaling.positive(key, contextLength));
    }

    private static Yarn yarn(ConfigFields scaling, int originalContext) {
        double divisor = scaling.atLeastOne("factor");
        double mscale = scaling.number("mscale", 0);
        double mscaleAllDim = scaling.number("mscale_all_dim", 0);
        double usual = mscale != 0 && mscaleAllDim != 0
                ? magnitude(divisor, mscale) / magnitude(divisor, mscaleAllDim)
                : magnitude(divisor, 1);
        double fast = scaling.positiveNumber("beta_fast", 32);
        double slow = scaling.positiveNumber("beta_slow", 1);
        scaling.check(fast >= slow, "beta_fast", "must be at least beta_slow " + slow + ", is " + fast);
        return new Yarn(
                divisor,
                fast,
                slow,
                scaling.flag("truncate", true),
                scaling.positiveNumber("attention_factor", usual),
                originalContext);
    }

    private static double magnitude(double stretch, double factor) {
        return stretch <= 1 ? 1 : 0.1 * factor * Math.log(stretch) + 1;
    }

    private static LongRope longRope(ConfigFields fields, ConfigFields scaling, int contextLength) {
        int originalContext = original(fields, scaling, contextLength);
        double stretch = scaling.positiveNumber("factor", (double) contextLength / originalContext);
        double usual = stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(originalContext));
        return new LongRope(
                divisors(scaling, "short_factor"),
                divisors(scaling, "long_factor"),
                scaling.positiveNumber("attention_factor", usual),
                originalContext);
    }

    private static List<Double> divisors(ConfigFields scaling, String key) {
        List<Double> divisors = scaling.numbers(key);
        scaling.check(divisors != null, key, "is missing");
        scaling.check(
                divisors.stream().allMatch(divisor -> divisor > 0 && Double.isFinite(divisor)),
                key,
                "must hold positive numbers");
        return divisors;
    }
}

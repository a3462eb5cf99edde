package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Rotary position embedding of one layer for a sequence of one length, which matters to dynamic and longrope scaling.
 *
 * <p>The definitions are those of HuggingFace's modeling_rope_utils; as there, powers, frequencies, angles, cosines and sines are
 * float32, so that the angles agree at far positions too.
 */
final class ReferenceRope {
    private final int headDim;
    private final float[] inverseFrequencies;
    private final double attentionFactor;

    ReferenceRope(ReferenceConfig config, int layer, int length) {
        JsonNode parameters = config.ropeParameters(layer);
        headDim = config.headDim();
        double theta = parameters.path("rope_theta").asDouble(config.ropeTheta(layer));
        double rotated = config.modelType().equals("phi3")
                ? parameters.path("partial_rotary_factor").asDouble(config.number("partial_rotary_factor", 1))
                : 1;
        int dim = (int) (headDim * rotated);
        double original = config.number(
                "original_max_position_embeddings",
                config.modelType().equals("phi3")
                        ? 4096
                        : parameters.path("original_max_position_embeddings").asDouble(config.maxPositions()));
        double factor = parameters.path("factor").asDouble(config.maxPositions() / original);
        switch (type(config, parameters)) {
            case "default" -> {
                inverseFrequencies = inverse(powers((float) theta, dim));
                attentionFactor = 1;
            }
            case "linear" -> {
                inverseFrequencies = divided(inverse(powers((float) theta, dim)), (float) factor);
                attentionFactor = 1;
            }
            case "dynamic" -> {
                float base = dynamicBase(theta, dim, (float) factor, length, config.maxPositions());
                inverseFrequencies = inverse(powers(base, dim));
                attentionFactor = 1;
            }
            case "llama3" -> {
                inverseFrequencies =
                        llama3(inverse(powers((float) theta, dim)), parameters, (float) factor, (float) original);
                attentionFactor = 1;
            }
            case "yarn" -> {
                inverseFrequencies = yarn(theta, dim, parameters, (float) factor, original);
                attentionFactor = parameters.path("attention_factor").asDouble(yarnAttention(parameters, factor));
            }
            case "longrope" -> {
                inverseFrequencies = longrope(
                        powers((float) theta, dim),
                        parameters.path(length > original ? "long_factor" : "short_factor"));
                attentionFactor = parameters
                        .path("attention_factor")
                        .asDouble(factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)));
            }
            default -> throw new IllegalArgumentException("rope parameters " + parameters);
        }
    }

    private static String type(ReferenceConfig config, JsonNode parameters) {
        String type =
                parameters.path("rope_type").asText(parameters.path("type").asText("default"));
        boolean olderName = type.equals("su") || type.equals("yarn");
        return config.modelType().equals("phi3") && olderName ? "longrope" : type;
    }

    /** The inverse frequencies, one for each pair of elements that is turned. */
    float[] inverseFrequencies() {
        return inverseFrequencies.clone();
    }

    /** What cosines and sines are multiplied by. */
    double attentionFactor() {
        return attentionFactor;
    }

    /** Turns each head of the vector, in place; what exceeds the turned elements of a head stays as it is. */
    void rotate(double[] heads, int position) {
        int half = inverseFrequencies.length;
        for (int head = 0; head < heads.length; head += headDim) {
            for (int i = 0; i < half; i++) {
                float angle = position * inverseFrequencies[i];
                double cos = (float) Math.cos(angle) * (float) attentionFactor;
                double sin = (float) Math.sin(angle) * (float) attentionFactor;
                double a = heads[head + i];
                double b = heads[head + half + i];
                heads[head + i] = a * cos - b * sin;
                heads[head + half + i] = b * cos + a * sin;
            }
        }
    }

    /** {@code theta ^ (2 i / dim)}. */
    private static float[] powers(float theta, int dim) {
        float[] powers = new float[(dim + 1) / 2];
        for (int i = 0; i < powers.length; i++) {
            float exponent = 2f * i / dim;
            powers[i] = (float) Math.pow(theta, exponent);
        }
        return powers;
    }

    private static float[] inverse(float[] values) {
        float[] inverse = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            inverse[i] = 1 / values[i];
        }
        return inverse;
    }

    private static float[] divided(float[] values, float divisor) {
        float[] quotients = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            quotients[i] = values[i] / divisor;
        }
        return quotients;
    }

    /** NTK scaling: the base grows with what the sequence exceeds the trained length by. */
    private static float dynamicBase(double theta, int dim, float factor, int length, int maxPositions) {
        if (length <= maxPositions) {
            return (float) theta;
        }
        float stretch = factor * length / maxPositions - (factor - 1);
        return (float) theta * (float) Math.pow(stretch, dim / (dim - 2.0));
    }

    /** Long waves are stretched, short ones kept, those between interpolated. */
    private static float[] llama3(float[] frequencies, JsonNode parameters, float factor, float original) {
        float low = (float) parameters.path("low_freq_factor").asDouble();
        float high = (float) parameters.path("high_freq_factor").asDouble();
        float[] scaled = frequencies.clone();
        for (int i = 0; i < scaled.length; i++) {
            // PyTorch divides a number by a tensor as the number times the reciprocal.
            float wavelength = (1 / frequencies[i]) * (float) (2 * Math.PI);
            if (wavelength > original / low) {
                scaled[i] = frequencies[i] / factor;
            } else if (wavelength >= original / high) {
                float smooth = ((1 / wavelength) * original - low) / (high - low);
                scaled[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
            }
        }
        return scaled;
    }

    /** YaRN (arXiv 2309.00071): frequencies are kept below one pair of elements, stretched above another. */
    private static float[] yarn(double theta, int dim, JsonNode parameters, float factor, double original) {
        double low = turningPair(parameters.path("beta_fast").asDouble(32), theta, dim, original);
        double high = turningPair(parameters.path("beta_slow").asDouble(1), theta, dim, original);
        if (parameters.path("truncate").asBoolean(true)) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, dim - 1);
        if (low == high) {
            high += 0.001;
        }
        float[] frequencies = powers((float) theta, dim);
        for (int i = 0; i < frequencies.length; i++) {
            float ramp = Math.clamp((i - (float) low) / (float) (high - low), 0f, 1f);
            float kept = 1 - ramp;
            float stretched = 1 / (factor * frequencies[i]);
            frequencies[i] = stretched * (1 - kept) + 1 / frequencies[i] * kept;
        }
        return frequencies;
    }

    /** The pair of elements that makes so many turns within the trained length. */
    private static double turningPair(double turns, double theta, int dim, double original) {
        return dim * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private static double yarnAttention(JsonNode parameters, double factor) {
        double mscale = parameters.path("mscale").asDouble(0);
        double allDim = parameters.path("mscale_all_dim").asDouble(0);
        if (mscale == 0 || allDim == 0) {
            return yarnAttention(1, factor);
        }
        return yarnAttention(mscale, factor) / yarnAttention(allDim, factor);
    }

    private static double yarnAttention(double mscale, double factor) {
        return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }

    /** LongRoPE (arXiv 2402.13753): a factor for each frequency. */
    private static float[] longrope(float[] powers, JsonNode factors) {
        float[] frequencies = new float[powers.length];
        for (int i = 0; i < powers.length; i++) {
            frequencies[i] = 1 / ((float) factors.get(i).asDouble() * powers[i]);
        }
        return frequencies;
    }
}

package io.github.ift4j.jlama.checkpoint;

import io.github.ift4j.jlama.decoder.TokenModel;

/** The most probable tokens, and the logits they are chosen by, of a model of ours. */
final class Greedy {
    private Greedy() {}

    /** The most probable continuation, one token after the other, whatever the tokens are. */
    static int[] answer(TokenModel model, int[] prompt, int count) {
        float[] logits = new float[model.vocabularySize()];
        int[] answer = new int[count];
        try (TokenModel.Context context = model.newContext()) {
            context.append(prompt, logits);
            for (int i = 0; i < count; i++) {
                answer[i] = argmax(logits);
                context.append(new int[] {answer[i]}, logits);
            }
        }
        return answer;
    }

    /** The logits after each of the tokens, [tokens][vocabulary]. */
    static float[][] logits(TokenModel model, int... tokens) {
        float[][] logits = new float[tokens.length][model.vocabularySize()];
        try (TokenModel.Context context = model.newContext()) {
            for (int t = 0; t < tokens.length; t++) {
                context.append(new int[] {tokens[t]}, logits[t]);
            }
        }
        return logits;
    }

    /** The first of the largest. */
    static int argmax(float[] logits) {
        int best = 0;
        for (int token = 1; token < logits.length; token++) {
            best = logits[token] > logits[best] ? token : best;
        }
        return best;
    }
}

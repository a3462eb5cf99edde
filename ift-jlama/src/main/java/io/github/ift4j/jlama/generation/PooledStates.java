package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.HiddenStateModel;
import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Reads token sequences and makes one vector of the hidden states of each. Sequences share steps of at most {@value #ROWS} tokens, so
 * that requests that write meanwhile are held up no longer than by a prompt; no vector depends on what is read beside it.
 */
final class PooledStates {
    private static final int ROWS = 256;

    private final HiddenStateModel model;
    private final Pooling pooling;

    PooledStates(HiddenStateModel model, Pooling pooling) {
        this.model = model;
        this.pooling = pooling;
    }

    /**
     * @param sequences token ids, at least one each
     * @param ended whether to stop; asked between steps
     * @return the vectors, [sequences, hidden]; empty when it was stopped
     */
    Optional<float[][]> of(List<int[]> sequences, BooleanSupplier ended) {
        float[][] vectors = new float[sequences.size()][];
        List<Reading> open = new ArrayList<>();
        int next = 0;
        try {
            while (next < sequences.size() || !open.isEmpty()) {
                if (ended.getAsBoolean()) {
                    return Optional.empty();
                }
                int rows = open.stream().mapToInt(Reading::left).sum();
                while (next < sequences.size() && rows < ROWS) {
                    open.add(new Reading(next, sequences.get(next)));
                    rows += sequences.get(next++).length;
                }
                step(open);
                for (Reading reading : List.copyOf(open)) {
                    if (reading.left() == 0) {
                        vectors[reading.index] = reading.vector();
                        reading.context.close();
                        open.remove(reading);
                    }
                }
            }
            return Optional.of(vectors);
        } finally {
            open.forEach(reading -> reading.context.close());
        }
    }

    private void step(List<Reading> open) {
        List<TokenModel.Feed> feeds = new ArrayList<>();
        int room = ROWS;
        for (Reading reading : open) {
            if (room > 0) {
                TokenModel.Feed feed = reading.feed(room);
                feeds.add(feed);
                room -= feed.tokens().length;
            }
        }
        model.hiddenStates(feeds);
        for (int i = 0; i < feeds.size(); i++) {
            open.get(i).take(feeds.get(i));
        }
    }

    /** A sequence under way. */
    private final class Reading {
        private final int index;
        private final int[] tokens;
        private final TokenModel.Context context = model.newContext();
        private final double[] sum = new double[model.hiddenSize()];
        private int read;

        Reading(int index, int[] tokens) {
            this.index = index;
            this.tokens = tokens;
        }

        int left() {
            return tokens.length - read;
        }

        /** The next piece; all of it at once where a beginning is computed in another way than in the whole. */
        TokenModel.Feed feed(int room) {
            boolean divisible = context.ahead(left()) == left();
            int count = divisible ? Math.min(room, left()) : left();
            int rows = pooling == Pooling.MEAN ? count : 1;
            int[] piece = Arrays.copyOfRange(tokens, read, read + count);
            return new TokenModel.Feed(context, piece, new float[rows][model.hiddenSize()]);
        }

        void take(TokenModel.Feed feed) {
            read += feed.tokens().length;
            if (pooling == Pooling.LAST_TOKEN) {
                Arrays.fill(sum, 0);
            }
            for (float[] row : feed.logits()) {
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += row[i];
                }
            }
        }

        float[] vector() {
            int count = pooling == Pooling.MEAN ? tokens.length : 1;
            float[] vector = new float[sum.length];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (sum[i] / count);
            }
            return vector;
        }
    }
}

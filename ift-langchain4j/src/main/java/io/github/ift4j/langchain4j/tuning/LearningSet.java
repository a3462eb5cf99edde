package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.data.DataException;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.langchain4j.recording.RecordedExchange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Good exchanges, divided and encoded.
 *
 * @param train what is learned, in the order of time
 * @param heldOut what is measured on, in the order of time
 */
record LearningSet(Part train, Part heldOut) {
    /**
     * Divides exchanges. Those that cannot be encoded, or have no label within the length, are left out; of the learned ones also those
     * that say the same, word for word, as a held-out one.
     */
    static LearningSet of(List<RecordedExchange> exchanges, HeldOut division, Encoder encoder, int maxLength) {
        Part heldOut = new Part(new LinkedHashMap<>());
        Part train = new Part(new LinkedHashMap<>());
        Set<Object> measured = new HashSet<>();
        List<RecordedExchange> ordered = new ArrayList<>(exchanges);
        ordered.sort(Comparator.comparing(RecordedExchange::time).thenComparing(RecordedExchange::id));
        for (RecordedExchange exchange : ordered) {
            if (division.contains(exchange)) {
                encode(exchange, encoder, maxLength).ifPresent(example -> heldOut.examples.put(exchange, example));
                measured.add(exchange.messages());
            }
        }
        for (RecordedExchange exchange : ordered) {
            if (!division.contains(exchange) && !measured.contains(exchange.messages())) {
                encode(exchange, encoder, maxLength).ifPresent(example -> train.examples.put(exchange, example));
            }
        }
        return new LearningSet(train, heldOut);
    }

    private static Optional<Example> encode(RecordedExchange exchange, Encoder encoder, int maxLength) {
        try {
            Dataset.Builder one = new Dataset.Builder(encoder, maxLength);
            one.add(exchange.toTrainingRecord());
            return Optional.of(one.build().examples().getFirst());
        } catch (DataException e) {
            return Optional.empty();
        }
    }

    /** One side of the division. */
    record Part(Map<RecordedExchange, Example> examples) {
        int size() {
            return examples.size();
        }

        List<RecordedExchange> exchanges() {
            return List.copyOf(examples.keySet());
        }

        Dataset dataset() {
            return Dataset.of(List.copyOf(examples.values()));
        }

        /** Which exchanges these are, for records of what was done: ids and hashes, no text. */
        List<Map<String, String>> identities() {
            return examples.keySet().stream()
                    .map(exchange -> Map.of("id", exchange.id(), "sha256", exchange.sha256()))
                    .toList();
        }
    }
}

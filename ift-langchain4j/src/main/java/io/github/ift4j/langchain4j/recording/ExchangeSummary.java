package io.github.ift4j.langchain4j.recording;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of an exchange without reading what was said.
 *
 * @param id of the exchange
 * @param started when the request came
 * @param speaker who asked
 * @param model which model or adapter answered; empty when it did not say
 * @param modelVersion SHA-256 of what answered, where the model says it
 * @param rating the last rating
 * @param ratedAt when that was given
 */
public record ExchangeSummary(
        String id,
        Instant started,
        Speaker speaker,
        String model,
        Optional<String> modelVersion,
        Optional<Rating> rating,
        Optional<Instant> ratedAt) {
    static ExchangeSummary of(RecordedExchange exchange) {
        return new ExchangeSummary(
                exchange.id(),
                exchange.started(),
                exchange.speaker(),
                exchange.model(),
                exchange.modelVersion(),
                Optional.empty(),
                Optional.empty());
    }

    ExchangeSummary rated(RatingEvent event) {
        return new ExchangeSummary(
                id, started, speaker, model, modelVersion, Optional.of(event.rating()), Optional.of(event.time()));
    }

    /** Whether the last rating is that one. */
    public boolean isRated(Rating wanted) {
        return rating.isPresent() && rating.get() == wanted;
    }
}

package io.github.ift4j.langchain4j.tuning;

import com.google.common.hash.Hashing;
import io.github.ift4j.langchain4j.recording.RecordedExchange;
import java.nio.charset.StandardCharsets;

/**
 * Which exchanges are never learned but measured on. A hash decides, of the conversation where it is known and of the exchange
 * otherwise: an exchange never moves to the other side, whatever comes or goes, and a later turn, which repeats the earlier
 * ones, is on the side that they are on.
 *
 * @param share of them, above 0 and below 1
 */
record HeldOut(double share) {
    private static final double RANGE = 0x1.0p53;

    boolean contains(RecordedExchange exchange) {
        String key = exchange.speaker()
                .conversation()
                .map(conversation -> "conversation " + conversation)
                .orElse("exchange " + exchange.id());
        long hash = Hashing.sha256().hashString(key, StandardCharsets.UTF_8).asLong();
        return (hash >>> 11) / RANGE < share;
    }
}

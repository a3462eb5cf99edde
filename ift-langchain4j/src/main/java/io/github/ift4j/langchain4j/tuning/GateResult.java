package io.github.ift4j.langchain4j.tuning;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the gate measured.
 *
 * @param heldOut exchanges that it measured on
 * @param candidateNll loss of the new adapter, in nats a token
 * @param inServiceNll loss of the version in service
 * @param margin by how much the first had to be lower
 * @param candidateScores of the new adapter, by task
 * @param inServiceScores of the version in service, by task
 * @param judged the judge's verdicts, if there is one
 */
public record GateResult(
        int heldOut,
        double candidateNll,
        double inServiceNll,
        double margin,
        Map<String, Double> candidateScores,
        Map<String, Double> inServiceScores,
        Optional<AnswerJudge.Tally> judged) {
    /** Whether the new adapter is better in all that was asked. */
    public boolean passed() {
        return objection().isEmpty();
    }

    /** The first thing that it is not good enough in; empty when it passes. */
    public Optional<String> objection() {
        if (!(inServiceNll - candidateNll >= margin && inServiceNll > candidateNll)) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "the held-out loss is %.4f, in service it is %.4f, and must be lower by %.4f",
                    candidateNll,
                    inServiceNll,
                    margin));
        }
        for (Map.Entry<String, Double> score : candidateScores.entrySet()) {
            double before = inServiceScores.get(score.getKey());
            if (!(score.getValue() >= before)) {
                return Optional.of(String.format(
                        Locale.ROOT,
                        "the score of %s falls from %.4f to %.4f",
                        score.getKey(),
                        before,
                        score.getValue()));
            }
        }
        return judged.filter(tally -> tally.share() < 0.5)
                .map(tally -> "the judge prefers the version in service, %s to %s with %s ties"
                        .formatted(tally.losses(), tally.wins(), tally.ties()));
    }

    /** The figures by name. */
    Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("held_out", heldOut);
        figures.put("candidate_nll", candidateNll);
        figures.put("in_service_nll", inServiceNll);
        figures.put("margin", margin);
        figures.put("candidate_scores", candidateScores);
        figures.put("in_service_scores", inServiceScores);
        judged.ifPresent(tally -> figures.put("judged", tally));
        figures.put("passed", passed());
        return figures;
    }
}

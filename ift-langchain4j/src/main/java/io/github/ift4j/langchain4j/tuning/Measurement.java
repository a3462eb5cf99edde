package io.github.ift4j.langchain4j.tuning;

import com.google.common.collect.Lists;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.evaluation.EvaluationResult;
import io.github.ift4j.core.evaluation.Evaluator;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.generation.GenerationDefaults;
import io.github.ift4j.jlama.generation.PromptTooLongException;
import io.github.ift4j.jlama.generation.TextModel;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.tools.ToolPrompt;
import io.github.ift4j.langchain4j.recording.RecordedExchange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one adapter achieves at the gate.
 *
 * @param nll loss on the held-out exchanges, in nats a token
 * @param scores by task
 * @param answers to the held-out exchanges that a judge compares; none without a judge
 */
record Measurement(double nll, Map<String, Double> scores, List<String> answers) {
    private static final int BATCH = 8;

    /** Measures an adapter as it lies on disk. */
    static Measurement of(
            BaseModel base,
            Path adapter,
            ModelText text,
            LearningSet.Part heldOut,
            Gate gate,
            Workers workers,
            RunControl control) {
        try (DecoderPolicy policy = DecoderPolicy.frozen(base.directory(), Optional.of(adapter), workers)) {
            double nll = nll(policy, heldOut, control);
            if (gate.scorers().isEmpty() && gate.judge().isEmpty()) {
                return new Measurement(nll, Map.of(), List.of());
            }
            try (TextModel model = TextModel.of("measured", policy.decoder(), text, GenerationDefaults.GREEDY, 1)) {
                return answering(nll, model, heldOut, gate, control);
            }
        }
    }

    private static double nll(DecoderPolicy policy, LearningSet.Part heldOut, RunControl control) {
        Evaluator evaluator = new Evaluator(BATCH);
        double nll = 0;
        long tokens = 0;
        List<Example> examples = heldOut.dataset().examples();
        for (List<Example> batch : Lists.partition(examples, BATCH)) {
            control.check();
            EvaluationResult result = evaluator.evaluate(policy, Dataset.of(batch));
            nll += result.nll() * result.tokens();
            tokens += result.tokens();
        }
        return nll / tokens;
    }

    private static Measurement answering(
            double nll, TextModel model, LearningSet.Part heldOut, Gate gate, RunControl control) {
        Answers measured = conversation -> {
            control.check();
            return answer(model, conversation, List.of(), gate.maxAnswerTokens());
        };
        Map<String, Double> scores = new LinkedHashMap<>();
        gate.scorers().forEach(scorer -> scores.put(scorer.name(), scorer.score(measured)));
        List<String> answers = new ArrayList<>();
        for (RecordedExchange exchange : judged(heldOut, gate)) {
            control.check();
            answers.add(answer(model, question(exchange), exchange.tools(), gate.maxAnswerTokens()));
        }
        return new Measurement(nll, scores, answers);
    }

    private static String answer(
            TextModel model, List<Message> conversation, List<Map<String, Object>> tools, int maxTokens) {
        ToolPrompt prompt = AnswerEncoder.written(model.toolTemplate(), conversation, tools);
        try {
            return model.generate(
                            model.chatRequest(prompt.messages(), prompt.tools()).withMaxNewTokens(maxTokens))
                    .text();
        } catch (PromptTooLongException e) {
            return "";
        }
    }

    /** The exchanges whose answers a judge compares. */
    static List<RecordedExchange> judged(LearningSet.Part heldOut, Gate gate) {
        List<RecordedExchange> exchanges = heldOut.exchanges();
        return gate.judge().isEmpty() ? List.of() : exchanges.subList(0, Math.min(gate.maxJudged(), exchanges.size()));
    }

    /** What the last message answers. */
    static List<Message> question(RecordedExchange exchange) {
        return exchange.messages().subList(0, exchange.messages().size() - 1);
    }

    /** Compares a candidate's figures with those of the version in service. */
    static GateResult compare(
            Measurement candidate, Measurement inService, LearningSet.Part heldOut, Gate gate, RunControl control) {
        return new GateResult(
                heldOut.size(),
                candidate.nll,
                inService.nll,
                gate.margin(),
                candidate.scores,
                inService.scores,
                gate.judge().map(judge -> {
                    AnswerJudge.Tally tally = new AnswerJudge.Tally(0, 0, 0);
                    List<RecordedExchange> exchanges = judged(heldOut, gate);
                    for (int i = 0; i < exchanges.size(); i++) {
                        control.check();
                        tally = tally.plus(judge.compare(
                                question(exchanges.get(i)), candidate.answers.get(i), inService.answers.get(i)));
                    }
                    return tally;
                }));
    }
}

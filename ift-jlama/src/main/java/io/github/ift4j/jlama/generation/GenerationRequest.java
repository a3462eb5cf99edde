package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.generation.guided.Guide;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to continue and how.
 *
 * @param prompt token ids, at least one, [tokens]
 * @param maxNewTokens most tokens to generate, at least 1; the context length bounds prompt and answer together in any case
 * @param sampling how each token is chosen
 * @param stopStrings the answer ends before the first of these; none of them is empty
 * @param stopTokens the answer ends with any of these ids, which have no text
 * @param shownTokens special tokens whose text belongs to the answer's, such as the marks of tool calls
 * @param guide what the answer must look like, absent when it is free. An answer that is complete, so that nothing may follow, ends with
 *     {@link FinishReason#STOP}; one that reaches {@code maxNewTokens} is complete as well. Only a stop string cuts it short
 */
public record GenerationRequest(
        int[] prompt,
        int maxNewTokens,
        SamplingParameters sampling,
        List<String> stopStrings,
        Set<Integer> stopTokens,
        Set<Integer> shownTokens,
        Optional<Guide> guide) {
    public GenerationRequest {
        Preconditions.checkArgument(prompt.length > 0, "the prompt has no tokens; give it at least one");
        Preconditions.checkArgument(maxNewTokens >= 1, "maxNewTokens must be at least 1, was %s", maxNewTokens);
        prompt = prompt.clone();
        stopStrings = List.copyOf(stopStrings);
        stopTokens = Set.copyOf(stopTokens);
        shownTokens = Set.copyOf(shownTokens);
        Preconditions.checkArgument(!stopStrings.contains(""), "a stop string must not be empty");
    }

    /** A request for a free answer that shows no special tokens. */
    public GenerationRequest(
            int[] prompt,
            int maxNewTokens,
            SamplingParameters sampling,
            List<String> stopStrings,
            Set<Integer> stopTokens) {
        this(prompt, maxNewTokens, sampling, stopStrings, stopTokens, Set.of(), Optional.empty());
    }

    /** This request with another bound. */
    public GenerationRequest withMaxNewTokens(int newMaxNewTokens) {
        return new GenerationRequest(prompt, newMaxNewTokens, sampling, stopStrings, stopTokens, shownTokens, guide);
    }

    /** This request with another way to choose tokens. */
    public GenerationRequest withSampling(SamplingParameters newSampling) {
        return new GenerationRequest(prompt, maxNewTokens, newSampling, stopStrings, stopTokens, shownTokens, guide);
    }

    /** This request with other stop strings. */
    public GenerationRequest withStopStrings(List<String> newStopStrings) {
        return new GenerationRequest(prompt, maxNewTokens, sampling, newStopStrings, stopTokens, shownTokens, guide);
    }

    /** This request with other special tokens to show. */
    public GenerationRequest withShownTokens(Set<Integer> newShownTokens) {
        return new GenerationRequest(prompt, maxNewTokens, sampling, stopStrings, stopTokens, newShownTokens, guide);
    }

    /** This request with an answer that fits a grammar. */
    public GenerationRequest withGuide(Guide newGuide) {
        return new GenerationRequest(
                prompt, maxNewTokens, sampling, stopStrings, stopTokens, shownTokens, Optional.of(newGuide));
    }
}

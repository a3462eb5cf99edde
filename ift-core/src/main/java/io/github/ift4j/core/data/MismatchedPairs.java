package io.github.ift4j.core.data;

import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prompts with the answers of other examples, on which KTO (Ethayarajh et al. 2024, section 4.2) measures how far the policy has
 * moved from the reference. They belong to the example, not to the batch, so that the reference scores them once and for all.
 */
final class MismatchedPairs {
    private MismatchedPairs() {}

    /**
     * Gives each example a second sequence: its prompt, all before the first label, with the answer of the next example that has
     * another prompt, and back to the first example after the last.
     *
     * @param examples of one sequence each
     * @param maxLength longer sequences are cut after so many tokens
     * @throws DataException when all examples have the same prompt
     */
    static List<Example> added(List<Example> examples, int maxLength) {
        List<Example> added = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            Sequence own = examples.get(i).sequences().getFirst();
            Sequence other = examples.get(next(examples, i)).sequences().getFirst();
            added.add(new Example(
                    List.of(own, joined(own, other).cut(maxLength)),
                    examples.get(i).origin()));
        }
        return added;
    }

    private static int next(List<Example> examples, int i) {
        int[] prompt = prompt(examples.get(i).sequences().getFirst());
        for (int step = 1; step < examples.size(); step++) {
            int j = (i + step) % examples.size();
            if (!Arrays.equals(prompt, prompt(examples.get(j).sequences().getFirst()))) {
                return j;
            }
        }
        throw new DataException(examples.get(i).origin() + ": all " + examples.size()
                + " rated answers have this prompt, and the method compares each prompt with the answer to another; "
                + "add answers to other prompts");
    }

    private static int[] prompt(Sequence sequence) {
        return Arrays.copyOf(sequence.inputIds(), sequence.firstLabel());
    }

    private static Sequence joined(Sequence own, Sequence other) {
        int start = other.firstLabel();
        int[] none = new int[own.firstLabel()];
        Arrays.fill(none, Sequence.IGNORE);
        return new Sequence(
                Ints.concat(prompt(own), Arrays.copyOfRange(other.inputIds(), start, other.length())),
                Ints.concat(none, Arrays.copyOfRange(other.labels(), start, other.length())),
                own.desirable());
    }
}

package io.github.ift4j.langchain4j.conformance;

import io.github.ift4j.langchain4j.ByteTokenizer;
import io.github.ift4j.langchain4j.ByteTokenizer.Merge;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Learns which bytes to join so that texts become short: the most frequent pair of neighbours, again and again. */
final class BytePairs {
    /** What ByteLevel's own expression takes for words. */
    private static final Pattern WORD =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private BytePairs() {}

    static List<Merge> learn(List<String> texts, int count) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String text : texts) {
            for (String part : text.split("<\\|[a-z]+\\|>")) {
                Matcher word = WORD.matcher(part);
                while (word.find()) {
                    counts.merge(word.group(), 1, Integer::sum);
                }
            }
        }
        Map<List<String>, Integer> words = new HashMap<>();
        counts.forEach((word, times) -> words.put(bytes(word), times));
        List<Merge> merges = new ArrayList<>();
        while (merges.size() < count) {
            Map<Merge, Integer> pairs = new HashMap<>();
            words.forEach((word, times) -> {
                for (int i = 0; i + 1 < word.size(); i++) {
                    pairs.merge(new Merge(word.get(i), word.get(i + 1)), times, Integer::sum);
                }
            });
            Merge best = pairs.entrySet().stream()
                    .min(Map.Entry.<Merge, Integer>comparingByValue(Comparator.reverseOrder())
                            .thenComparing(pair -> pair.getKey().left())
                            .thenComparing(pair -> pair.getKey().right()))
                    .orElseThrow(() -> new IllegalArgumentException("the texts have too few words"))
                    .getKey();
            merges.add(best);
            Map<List<String>, Integer> joined = new HashMap<>();
            words.forEach((word, times) -> joined.put(join(word, best), times));
            words.clear();
            words.putAll(joined);
        }
        return merges;
    }

    private static List<String> bytes(String word) {
        List<String> tokens = new ArrayList<>();
        for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
            tokens.add(String.valueOf(ByteTokenizer.charOf(value & 0xFF)));
        }
        return tokens;
    }

    private static List<String> join(List<String> word, Merge merge) {
        List<String> joined = new ArrayList<>(word);
        for (int i = 0; i + 1 < joined.size(); i++) {
            if (joined.get(i).equals(merge.left()) && joined.get(i + 1).equals(merge.right())) {
                joined.set(i, merge.left() + merge.right());
                joined.remove(i + 1);
            }
        }
        return joined;
    }
}

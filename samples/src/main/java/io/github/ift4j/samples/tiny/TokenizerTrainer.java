package io.github.ift4j.samples.tiny;

import com.google.common.base.Preconditions;
import io.github.ift4j.samples.tiny.BytePairVocabulary.Merge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Byte-pair encoding (Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", ACL
 * 2016): starting from characters, the most frequent pair of neighbouring tokens becomes a token, again and again.
 *
 * <p>Besides, every byte is a token, so that characters outside printable ASCII can be spelled.
 */
public final class TokenizerTrainer {
    /**
     * What merges never cross: words with the space before them, runs of signs, white space. A digit always stands alone, or
     * sums could not be learned from few examples.
     */
    static final Pattern WORD = Pattern.compile("'s|\\p{N}| ?\\p{L}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private static final Pattern SPECIAL = Pattern.compile(Arrays.stream(SpecialToken.values())
            .map(special -> Pattern.quote(special.text()))
            .collect(Collectors.joining("|")));
    private static final int FIRST_PRINTABLE = ' ';
    private static final int LAST_PRINTABLE = '~';
    private static final int BYTES = 256;

    private TokenizerTrainer() {}

    /**
     * Learns a vocabulary.
     *
     * @param documents the text to be short in
     * @param size number of tokens, specials and bytes included
     * @throws IllegalArgumentException when the text has too few different words for so many tokens
     */
    public static BytePairVocabulary train(Iterable<String> documents, int size) {
        Set<String> tokens = new LinkedHashSet<>(alphabet());
        List<Word> words = words(documents);
        List<Merge> merges = new ArrayList<>();
        while (tokens.size() < size) {
            Merge merge = mostFrequentPair(words);
            Preconditions.checkArgument(
                    merge != null, "the text yields only %s tokens, not the wanted %s", tokens.size(), size);
            words.forEach(word -> word.apply(merge));
            merges.add(merge);
            tokens.add(merge.joined());
        }
        return new BytePairVocabulary(List.copyOf(tokens), merges);
    }

    private static List<String> alphabet() {
        List<String> tokens = new ArrayList<>();
        for (SpecialToken special : SpecialToken.values()) {
            tokens.add(special.text());
        }
        for (int value = 0; value < BYTES; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.add("\n");
        for (int character = FIRST_PRINTABLE; character <= LAST_PRINTABLE; character++) {
            tokens.add(Character.toString(character));
        }
        return tokens;
    }

    private static List<Word> words(Iterable<String> documents) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String document : documents) {
            for (String text : SPECIAL.split(document)) {
                Matcher matcher = WORD.matcher(text);
                while (matcher.find()) {
                    counts.merge(matcher.group(), 1, Integer::sum);
                }
            }
        }
        List<Word> words = new ArrayList<>();
        counts.forEach((text, count) -> words.add(new Word(text, count)));
        return words;
    }

    /** Of pairs that are equally frequent, the first in the alphabet; null when no pair is left. */
    private static Merge mostFrequentPair(List<Word> words) {
        Map<Merge, Integer> counts = new HashMap<>();
        for (Word word : words) {
            for (int i = 0; i + 1 < word.tokens.size(); i++) {
                counts.merge(new Merge(word.tokens.get(i), word.tokens.get(i + 1)), word.count, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .min(Map.Entry.<Merge, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(entry -> entry.getKey().left())
                        .thenComparing(entry -> entry.getKey().right()))
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    /** A distinct word of the text, cut into the tokens learned so far. */
    private static final class Word {
        private final List<String> tokens = new ArrayList<>();
        private final int count;

        Word(String text, int count) {
            text.codePoints().forEach(codePoint -> tokens.add(Character.toString(codePoint)));
            this.count = count;
        }

        void apply(Merge merge) {
            for (int i = 0; i + 1 < tokens.size(); i++) {
                if (tokens.get(i).equals(merge.left()) && tokens.get(i + 1).equals(merge.right())) {
                    tokens.set(i, merge.joined());
                    tokens.remove(i + 1);
                }
            }
        }
    }
}

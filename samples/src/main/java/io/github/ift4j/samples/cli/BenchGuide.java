package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.generation.guided.GuideVocabulary;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A guide for a model without a tokenizer: each id gets a text, first the bytes, then what JSON is made of, then random words of the
 * lengths that words of such vocabularies have.
 */
final class BenchGuide {
    private static final List<String> JSON = List.of(
            "{\"", "\":", "\": ", "\": \"", "\",", "\", ", "\", \"", "\"}", "\"},", "}}", "]}", "[{\"", "},", "}, {\"",
            "[", "null", "true", "false", ".0", "00", "10");
    private static final String VOWELS = "aeiou";
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwz";
    private static final int MOST_SYLLABLES = 5;
    private static final long SEED = 0;

    private BenchGuide() {}

    /** A list of records of which the shortest takes about half of the answer. */
    static Guide of(int vocabulary, int newTokens) {
        String schema = """
            {"type": "object", "properties": {
              "title": {"type": "string", "minLength": %d},
              "records": {"type": "array", "minItems": %d, "items": {
                "type": "object", "properties": {
                  "name": {"type": "string"}, "count": {"type": "integer", "minimum": 0},
                  "price": {"type": "number"}, "kind": {"enum": ["red", "green", "blue"]},
                  "tags": {"type": "array", "items": {"type": "string", "maxLength": 40}}},
                "required": ["name", "count", "kind"]}}},
             "required": ["title", "records"]}
            """.formatted(newTokens / 8, newTokens / 64);
        return Guide.of(Grammar.jsonSchema(schema), GuideVocabulary.of(texts(vocabulary)));
    }

    private static byte[][] texts(int vocabulary) {
        byte[][] texts = new byte[vocabulary][];
        SplittableRandom random = new SplittableRandom(SEED);
        Set<String> words = new LinkedHashSet<>(JSON);
        while (words.size() < vocabulary) {
            words.add(word(random));
        }
        int id = 0;
        while (id < Math.min(256, vocabulary)) {
            texts[id] = new byte[] {(byte) id};
            id++;
        }
        for (String word : words) {
            if (id == vocabulary) {
                break;
            }
            texts[id++] = word.getBytes(StandardCharsets.UTF_8);
        }
        return texts;
    }

    private static String word(SplittableRandom random) {
        StringBuilder word = new StringBuilder(random.nextBoolean() ? " " : "");
        int syllables = 1 + random.nextInt(MOST_SYLLABLES);
        for (int i = 0; i < syllables; i++) {
            word.append(CONSONANTS.charAt(random.nextInt(CONSONANTS.length())));
            word.append(VOWELS.charAt(random.nextInt(VOWELS.length())));
        }
        return word.toString();
    }
}

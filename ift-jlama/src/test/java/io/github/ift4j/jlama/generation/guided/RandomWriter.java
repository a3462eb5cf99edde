package io.github.ift4j.jlama.generation.guided;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Writes whatever a guide allows, all allowed tokens alike: the most careless model there is. */
final class RandomWriter {
    /** Ends an answer. */
    static final int END = 256;

    private static final List<String> WORDS = List.of(
            "{\"", "\":", "\": \"", "\", \"", "\"}", "]}", "}]", "[[", "]]]", "}}}}", "12", "3.", "e1", "true", "false",
            "null", "the", "hello", "é", "漢字", "👩", "  ", " ", "\\\"", "\\u00", "-1", "ab", "name", "\"name", "\": ",
            ", \"", "\"\"");

    /** Every byte, {@link #END} without a text, and some longer texts. */
    static final GuideVocabulary VOCABULARY = GuideVocabulary.of(texts());

    private final Random random;

    RandomWriter(long seed) {
        this.random = new Random(seed);
    }

    private static byte[][] texts() {
        byte[][] texts = new byte[END + 1 + WORDS.size()][];
        for (int b = 0; b < 256; b++) {
            texts[b] = new byte[] {(byte) b};
        }
        for (int i = 0; i < WORDS.size(); i++) {
            texts[END + 1 + i] = WORDS.get(i).getBytes(StandardCharsets.UTF_8);
        }
        return texts;
    }

    static String write(Grammar grammar, int budget, long seed) {
        return new RandomWriter(seed).write(Guide.of(grammar, VOCABULARY), budget);
    }

    /** An answer of at most {@code budget} tokens. */
    String write(Guide guide, int budget) {
        GuidedAnswer answer = guide.start();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int remaining = budget; remaining > 0 && !answer.isComplete(); remaining--) {
            float[] logits = new float[VOCABULARY.size()];
            if (!answer.restrict(logits, remaining, Set.of(END))) {
                throw new AssertionError("nothing is allowed after '" + text + "'");
            }
            int token = choose(logits);
            if (token == END) {
                break;
            }
            text.writeBytes(VOCABULARY.text(VOCABULARY.later(), token));
            answer.advance(token);
        }
        if (!answer.mayEnd()) {
            throw new AssertionError("not complete: " + text);
        }
        return utf8(text.toByteArray());
    }

    private int choose(float[] logits) {
        int chosen = -1;
        int seen = 0;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] == 0 && random.nextInt(++seen) == 0) {
                chosen = id;
            }
        }
        return chosen;
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("not UTF-8: " + new String(bytes, StandardCharsets.UTF_8), e);
        }
    }
}

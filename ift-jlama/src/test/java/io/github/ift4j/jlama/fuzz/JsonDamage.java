package io.github.ift4j.jlama.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Damages JSON as a broken download or an attacker would. */
public final class JsonDamage {
    /** What a number, a type or a delimiter is replaced with; numbers first. */
    private static final String[] SPLICES = {
        "0",
        "-1",
        "1",
        "2",
        "4",
        "24",
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "1e3",
        "1.0",
        "1e999999999",
        "NaN",
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "[[",
        "]]",
        "{\"",
        "\\u0000",
        "\\ud800",
        "\\n",
        "\"a.weight\":",
        "\"__metadata__\":",
        "\"F8_E4M3\"",
        "\"Q4\"",
        "\"I64\"",
        ".qb",
        "../",
        "/",
        "..",
        "one",
        "(.*)*",
        ","
    };

    private static final int NUMBERS = 12;
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private JsonDamage() {}

    /** One to three changes: a byte, a range cut out or doubled, a token or number put in the place of another. */
    public static byte[] damage(byte[] sound, Random random) {
        String text = new String(sound, StandardCharsets.ISO_8859_1);
        for (int change = random.nextInt(3); change >= 0 && !text.isEmpty(); change--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(12));
            String middle = switch (random.nextInt(5)) {
                case 0 -> String.valueOf((char) random.nextInt(256));
                case 1 -> "";
                case 2 -> text.substring(at, end) + text.substring(at, end);
                case 3 -> " ".repeat(end - at);
                default -> SPLICES[random.nextInt(SPLICES.length)];
            };
            text = text.substring(0, at) + middle + text.substring(end);
            text = random.nextInt(3) == 0 ? replaceNumber(text, random) : text;
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Puts another number, if any is there, in the place of one: what keeps the file well-formed, and reaches furthest. */
    public static byte[] changeNumber(byte[] sound, Random random) {
        return replaceNumber(new String(sound, StandardCharsets.ISO_8859_1), random)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String replaceNumber(String text, Random random) {
        int wanted = random.nextInt(20);
        Matcher numbers = NUMBER.matcher(text);
        for (int i = 0; numbers.find(); i++) {
            if (i == wanted) {
                return text.substring(0, numbers.start())
                        + SPLICES[random.nextInt(NUMBERS)]
                        + text.substring(numbers.end());
            }
        }
        return text;
    }
}

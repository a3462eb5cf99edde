package io.github.ift4j.jlama.generation.guided;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Strings with lengths, patterns and formats. */
final class SchemaStrings {
    /** More characters than these are counted without pattern or format only. */
    private static final int MOST_COUNTED = 2_000;

    private static final String DATE = "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
            + "|02-(0[1-9]|1\\d|2[0-8]))";
    private static final String CLOCK = "([01]\\d|2[0-3]):[0-5]\\d";
    private static final String OFFSET = "(Z|[+-](0\\d|1[0-3]):[0-5]\\d)";
    private static final String TIME = CLOCK + ":[0-5]\\d(\\.\\d{1,6})?" + OFFSET;
    private static final String LABEL = "[a-z0-9]{1,20}(-[a-z0-9]{1,20})?";
    private static final String HOST = LABEL + "(\\." + LABEL + "){0,2}\\.(com|org|net|edu|gov|info)";
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d{2}|[1-9]?\\d)";

    private static final Map<String, String> FORMATS = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            DATE + "T" + TIME,
            "uuid",
            "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            "email",
            "[A-Za-z0-9_+-]{1,20}(\\.[A-Za-z0-9_+-]{1,20}){0,2}@" + HOST,
            "hostname",
            HOST,
            "ipv4",
            BYTE + "(\\." + BYTE + "){3}",
            "uri",
            "https?://" + HOST + "(/[A-Za-z0-9._~-]{0,40}){0,5}");

    private SchemaStrings() {}

    static Grammar of(ObjectNode schema, SchemaPlace place) {
        int least = SchemaKeywords.count(schema, "minLength", 0, place);
        int most = SchemaKeywords.count(schema, "maxLength", Grammar.UNBOUNDED, place);
        if (least > most) {
            throw place.error("minLength " + least + " is more than maxLength " + most);
        }
        if (!schema.has("pattern") && !schema.has("format")) {
            return JsonText.string(least, most);
        }
        Dfa text = null;
        if (schema.has("pattern")) {
            text = pattern(schema, place);
        }
        if (schema.has("format")) {
            Dfa format = format(schema, place);
            text = text == null ? format : text.and(format);
        }
        Dfa written = JsonText.escaped(counted(text, least, most, place));
        if (written.isEmpty()) {
            throw place.error("no string fits both its pattern or format and its length");
        }
        return Grammar.sequence(Grammar.literal("\""), new Parts.Automaton(written), Grammar.literal("\""));
    }

    private static Dfa pattern(ObjectNode schema, SchemaPlace place) {
        if (!schema.get("pattern").isTextual()) {
            throw place.at("pattern").error("must be a text");
        }
        try {
            return Dfa.of(PatternParser.parse(schema.get("pattern").textValue()).anywhere());
        } catch (IllegalArgumentException e) {
            throw place.at("pattern").error(e.getMessage());
        }
    }

    private static Dfa format(ObjectNode schema, SchemaPlace place) {
        String regex = FORMATS.get(schema.get("format").asText());
        if (regex == null) {
            throw place.at("format")
                    .error("the format " + SchemaKeywords.shown(schema.get("format"))
                            + " cannot be enforced; known are "
                            + String.join(
                                    ", ", FORMATS.keySet().stream().sorted().toList()));
        }
        return Dfa.of(regex);
    }

    private static Dfa counted(Dfa text, int least, int most, SchemaPlace place) {
        if (least == 0 && most == Grammar.UNBOUNDED) {
            return text;
        }
        if (least > MOST_COUNTED || most != Grammar.UNBOUNDED && most > MOST_COUNTED) {
            throw place.error(
                    "a length of more than " + MOST_COUNTED + " beside a pattern or format cannot be enforced");
        }
        try {
            return text.and(Dfa.of(new Pattern.Times(new Pattern.OneOf(CodePoints.ALL), least, most)));
        } catch (IllegalArgumentException e) {
            throw place.error("pattern or format and length together: " + e.getMessage());
        }
    }
}

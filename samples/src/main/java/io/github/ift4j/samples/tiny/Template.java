package io.github.ift4j.samples.tiny;

import com.google.common.base.Preconditions;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A sentence with gaps, such as {@code {name} lives in {street}.} */
record Template(String text) {
    private static final Pattern GAP = Pattern.compile("\\{([A-Za-z0-9]+)}");

    /**
     * The sentence with its gaps filled.
     *
     * @throws IllegalArgumentException when a gap has no value
     */
    String fill(Map<String, String> values) {
        return GAP.matcher(text).replaceAll(gap -> {
            String value = values.get(gap.group(1));
            Preconditions.checkArgument(value != null, "no value for {%s} in: %s", gap.group(1), text);
            return Matcher.quoteReplacement(value);
        });
    }

    /** All of the values; names get the suffix, so that {@code {name}} becomes {@code {name2}}. */
    static Map<String, String> suffixed(Map<String, String> values, String suffix) {
        Map<String, String> suffixed = new HashMap<>();
        values.forEach((name, value) -> suffixed.put(name + suffix, value));
        return suffixed;
    }
}

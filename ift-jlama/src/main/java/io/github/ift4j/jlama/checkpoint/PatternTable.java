package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.util.Map;
import java.util.Optional;

/**
 * PEFT's {@code rank_pattern} and {@code alpha_pattern}: values for the modules whose names are, or end in a dot and, what an
 * expression describes. The first such entry counts.
 */
final class PatternTable {
    private static final int MAX_ENTRIES = 10_000;
    private static final int MAX_EXPRESSIONS = 256;
    /** Steps of all expressions together that a character of a name may take. */
    private static final int MAX_STEPS = 10_000;

    private PatternTable() {}

    /**
     * Checks the entries, so that {@link #find} can be answered and takes a bounded time.
     *
     * @throws IllegalArgumentException when there are too many, or one is not an expression
     */
    static void check(String name, Map<String, ?> table) {
        Preconditions.checkArgument(table.size() <= MAX_ENTRIES, "%s has more than %s entries", name, MAX_ENTRIES);
        long expressions = 0;
        long steps = 0;
        for (String key : table.keySet()) {
            if (isPlain(key)) {
                continue;
            }
            expressions++;
            try {
                steps += ModulePattern.of(key).size();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + Names.quote(key) + ": " + e.getMessage(), e);
            }
        }
        Preconditions.checkArgument(
                expressions <= MAX_EXPRESSIONS,
                "%s has %s regular expressions, more than %s",
                name,
                expressions,
                MAX_EXPRESSIONS);
        Preconditions.checkArgument(
                steps <= MAX_STEPS,
                "the regular expressions of %s take %s steps together, more than %s",
                name,
                steps,
                MAX_STEPS);
    }

    /** The value for that module. */
    static <V> Optional<V> find(Map<String, V> table, String module) {
        for (Map.Entry<String, V> entry : table.entrySet()) {
            String key = entry.getKey();
            if (isPlain(key) ? endsIn(module, key) : ModulePattern.of(key).matchesEnd(module)) {
                return Optional.of(entry.getValue());
            }
        }
        return Optional.empty();
    }

    /** Whether the expression is a name, in which only a dot stands for more than itself. */
    private static boolean isPlain(String expression) {
        return expression
                .chars()
                .allMatch(c ->
                        c == '.' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z');
    }

    private static boolean endsIn(String module, String plain) {
        int start = module.length() - plain.length();
        if (start < 0 || start > 0 && module.charAt(start - 1) != '.') {
            return false;
        }
        for (int i = 0; i < plain.length(); i++) {
            if (plain.charAt(i) != '.' && plain.charAt(i) != module.charAt(start + i)) {
                return false;
            }
        }
        return true;
    }
}

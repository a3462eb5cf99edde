package io.github.ift4j.jlama.text;

import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.function.Supplier;

/** The time that chat templates see. */
public final class TemplateClock {
    /** Environment variable that fixes the time, as {@code 2026-01-02T03:04:05}. */
    public static final String VARIABLE = "IFT_NOW";

    private TemplateClock() {}

    /**
     * The time that {@link #VARIABLE} gives, else that of the system.
     *
     * @throws IllegalArgumentException when the variable holds no time
     */
    public static Supplier<LocalDateTime> system() {
        return of(System.getenv(VARIABLE));
    }

    /** The time written as ISO 8601 without a zone; that of the system where it is null or empty. */
    static Supplier<LocalDateTime> of(String fixed) {
        if (fixed == null || fixed.isEmpty()) {
            return LocalDateTime::now;
        }
        try {
            LocalDateTime time = LocalDateTime.parse(fixed);
            return () -> time;
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "%s is '%s'; it must be a time such as 2026-01-02T03:04:05".formatted(VARIABLE, fixed), e);
        }
    }
}

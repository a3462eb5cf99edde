package io.github.ift4j.samples.chatbots;

import dev.langchain4j.agent.tool.Tool;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Tells a model the time.
 *
 * @param source where the time comes from
 * @param zone in which it is told, whatever the machine's own
 */
public record ClockTool(InstantSource source, ZoneId zone) {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEEE d MMMM uuuu, HH:mm 'in' VV", Locale.ENGLISH);

    /** Day, date and time of day. */
    @Tool("The date and time now")
    public String now() {
        return FORMAT.format(source.instant().atZone(zone));
    }
}
